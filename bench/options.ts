/** What `npm run bench -- …` is told. */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'

export interface Options {
  readonly only: readonly string[]
  readonly workloads: readonly string[]
  readonly seconds: number
  readonly rounds: number
  /** Binaries that speak nginx's command line, by the name they get in the table. */
  readonly binaries: readonly (readonly [name: string, path: string])[]
  readonly reference: string | undefined
  readonly quick: boolean
  /** Cores: the proxy alone on one, everything else on the other. */
  readonly proxyCore: number
  readonly loadCore: number
}

export const usage = `npm run bench -- [options]

  --quick             plain and tutorial, evenkeel against nginx only: about a minute
  --peer NAME=PATH    one more binary with nginx's command line (may be given again)
  --only A,B          these peers
  --workload A,B      these workloads
  --reference NAME    whom the ratios are against (default: the last --peer, else nginx)
  --seconds N         of each measurement (default 3)
  --rounds N          turns (default 3)
`

export function readOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: 'boolean', default: false },
      peer: { type: 'string', multiple: true, default: [] },
      only: { type: 'string', default: '' },
      workload: { type: 'string', default: '' },
      reference: { type: 'string' },
      seconds: { type: 'string' },
      rounds: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(usage)
    process.exit(0)
  }
  const binaries = values.peer.map(readBinary)
  return {
    only: list(values.only),
    workloads: values.workload === '' && values.quick ? ['plain', 'tutorial'] : list(values.workload),
    seconds: positive('--seconds', values.seconds, 3),
    rounds: positive('--rounds', values.rounds, values.quick ? 4 : 3),
    binaries,
    reference: values.reference ?? binaries.at(-1)?.[0],
    quick: values.quick,
    proxyCore: 0,
    loadCore: Math.min(1, availableParallelism() - 1),
  }
}

function readBinary(text: string): readonly [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw new Error(`--peer: expected NAME=PATH, not "${text}"`)
  return [text.slice(0, at), text.slice(at + 1)]
}

function list(text: string): string[] {
  return text.split(',').filter(word => word !== '')
}

function positive(name: string, text: string | undefined, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text)
  if (!(value > 0)) throw new Error(`${name}: expected a number above 0, not "${text}"`)
  return value
}
