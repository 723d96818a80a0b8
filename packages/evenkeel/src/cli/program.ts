/**
 * The program: one of evenkeel's own commands, or nginx's interface. What a command needs is loaded when it is chosen:
 * `-V` and `-t` are called often, by tools.
 */
import { Signals } from '../control/signals.ts'
import { nearest } from './nearest.ts'
import { say, UsageError } from './speech.ts'

const commands: Readonly<Record<string, (list: readonly string[], signals: Signals) => Promise<number>>> = {
  demo: async (list, signals) => (await import('./demo.ts')).demo(list, signals),
  serve: async (list, signals) => {
    signals.release()
    return (await import('./serve.ts')).serve(list)
  },
  convert: async list => (await import('./convert.ts')).convert(list),
  explain: async list => (await import('./explain.ts')).explain(list),
  plan: async list => (await import('./plan.ts')).plan(list),
  simulate: async list => (await import('./simulate.ts')).simulate(list),
  top: async (list, signals) => {
    signals.release()
    return (await import('./top.ts')).top(list)
  },
  dev: async (list, signals) => (await import('./dev.ts')).dev(list, signals),
  init: async list => (await import('./init.ts')).init(list),
  proxy: async (list, signals) => (await import('./proxy.ts')).proxy(list, signals),
}

/** Answers the exit code. */
export async function runProgram(list: readonly string[]): Promise<number> {
  try {
    return await choose(list)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    say(`evenkeel: ${error.message}`)
    return 1
  }
}

async function choose(list: readonly string[]): Promise<number> {
  const [first = '', ...rest] = list
  // First of all: without a listener SIGUSR1 opens Node's debugger.
  const signals = new Signals()
  if (first === 'help') return (await import('./run.ts')).run(['--help'], signals)
  if (first === '' || first.startsWith('-')) return (await import('./run.ts')).run(list, signals)
  const command = Object.hasOwn(commands, first) ? commands[first] : undefined
  if (command !== undefined) return command(rest, signals)
  const close = nearest(first, Object.keys(commands))
  const remedy = close === undefined ? 'evenkeel --help shows all' : `did you mean "evenkeel ${close}"?`
  throw new UsageError(`invalid option: "${first}"; ${remedy}`)
}
