/** What a process takes on at most, and when it sheds what comes on top. */
import { overloadDefaults, type OverloadModel } from '../../../model/overload.ts'
import { ANY, row, type Directive } from '../table.ts'
import { readMilliseconds, readNumber } from '../values.ts'

export const overloadDirectives: readonly Directive[] = [
  {
    ...row(
      'worker_connections',
      ['events'],
      'number',
      null,
      'Connections of clients that each worker serves at once; those that are idle longest make room.',
    ),
    apply: (place, statement) => {
      const value = place.once(statement) ? readNumber(statement.words[1] ?? '') : 1
      if (value === null || value === 0) place.failDirective(statement, 'invalid number')
      else place.reading.process.workerConnections = value
    },
  },
  {
    ...row(
      'overload',
      ['main'],
      'off | [lag=time] [memory=percent] [descriptors=number]',
      'lag=500ms memory=92',
      'When new requests are answered with 503: a late event loop, memory in use, descriptors left (a tenth).',
    ),
    arguments: [1, ANY],
    apply: (place, statement) => {
      if (!place.once(statement)) return
      const [, ...words] = statement.words
      if (words.length === 1 && words[0] === 'off') {
        place.reading.process.overload = null
        return
      }
      let model: OverloadModel = overloadDefaults
      for (const word of words) {
        const changed = readWord(word)
        if (changed === null) return place.failDirective(statement, `invalid parameter "${word}"`)
        model = { ...model, ...changed }
      }
      place.reading.process.overload = model
    },
  },
]

function readWord(word: string): Partial<OverloadModel> | null {
  const [, name, value = ''] = /^(lag|memory|descriptors)=(.+)$/.exec(word) ?? []
  if (name === 'lag') {
    const lagMs = readMilliseconds(value)
    return lagMs === null || lagMs === 0 ? null : { lagMs }
  }
  const number = readNumber(value.replace(/%$/, ''))
  if (number === null) return null
  if (name === 'descriptors') return { descriptors: number }
  return name === 'memory' && number >= 1 && number <= 100 ? { memory: number } : null
}
