/** Faults made on purpose, for tests of whoever calls. */
import type { FaultModel } from '../../../model/settings/fault-settings.ts'
import type { Template } from '../../../model/template.ts'
import type { Statement } from '../parser.ts'
import type { Place } from '../place.ts'
import { everywhere, flag, row, type Directive } from '../table.ts'
import { readMilliseconds, readNumber, readSize } from '../values.ts'

const SYNTAX =
  'delay=time | abort=status | reset | truncate=size | rate=size | off [percent=number] [seed=number] [name=name] [if=condition]'

export const faultDirectives: readonly Directive[] = [
  flag('fault_allowed', 'faultAllowed', 'off', 'Whether "fault" may be used: for tests only.', ['http']),
  {
    ...row(
      'fault',
      everywhere,
      SYNTAX,
      null,
      'Makes some requests slow, or fail; for tests only, after "fault_allowed on".',
    ),
    arguments: [1, 5],
    apply: readFault,
  },
]

function readFault(place: Place, statement: Statement): void {
  const [, first = '', ...rest] = statement.words
  if (first === 'off' && rest.length === 0) return place.put(statement, 'fault', [])
  const what = readWhat(first)
  if (what === null) {
    return place.fail(
      statement,
      1,
      `invalid parameter "${first}"`,
      'it may be delay=1s, abort=503, reset, truncate=1k, rate=10k or off',
    )
  }
  let percent = 100
  let seed = 1
  let condition: Template | null = null
  let called: string | null = null
  for (const [index, word] of rest.entries()) {
    const [, name, value = ''] = /^(percent|seed|name|if)=(.*)$/s.exec(word) ?? []
    if (name === 'name' && /^[\w-]+$/.test(value)) called = value
    else if (name === 'if') condition = place.template(statement, index + 2, value)
    else {
      const number = name === 'percent' && /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : readNumber(value)
      if (name === undefined || number === null || (name === 'percent' && number > 100)) {
        return place.fail(
          statement,
          index + 2,
          `invalid parameter "${word}"`,
          'it may be percent=10, seed=7, name=slow or if=$http_x_fault',
        )
      }
      if (name === 'percent') percent = number
      else seed = number
    }
  }
  place.append(statement, 'fault', { what, percent, seed, ...(called === null ? {} : { name: called }), condition })
}

function readWhat(word: string): FaultModel['what'] | null {
  if (word === 'reset') return { kind: 'reset' }
  const [, kind, value = ''] = /^(delay|abort|truncate|rate)=(.*)$/s.exec(word) ?? []
  switch (kind) {
    case 'delay': {
      const ms = readMilliseconds(value)
      return ms === null ? null : { kind, ms }
    }
    case 'abort': {
      const status = readNumber(value)
      return status === null || status < 400 || status > 599 ? null : { kind, status }
    }
    case 'truncate':
    case 'rate': {
      const bytes = readSize(value)
      return bytes === null || (kind === 'rate' && bytes === 0) ? null : { kind, bytes }
    }
    default:
      return null
  }
}
