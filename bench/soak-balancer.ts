/**
 * The balancer of a soak: the same process as the command starts, which also tells what it holds when its parent asks.
 * Run with --expose-gc.
 */
import { existsSync } from 'node:fs'
import { choosePaths } from '../packages/evenkeel/src/control/files/paths.ts'
import { Signals } from '../packages/evenkeel/src/control/signals.ts'
import { startProcess } from '../packages/evenkeel/src/control/supervisor.ts'

export interface Held {
  /** Bytes that the workers' heaps hold, and memory outside of them. */
  readonly workers: number
  readonly main: number
  readonly connections: number
}

const supervisor = await startProcess({
  source: {
    paths: choosePaths({ prefix: process.argv[2]!, file: null, errorLog: 'error.log' }, '/', existsSync),
    globals: null,
  },
  say: text => void process.stderr.write(`${text}\n`),
  signals: new Signals(),
})
if (supervisor === null) process.exit(1)
process.on('message', () => void tell())

async function tell(): Promise<void> {
  const all = await supervisor!.measure()
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  const sum = (of: (one: (typeof all)[number]) => number): number => all.reduce((total, one) => total + of(one), 0)
  const held: Held = {
    workers: sum(one => one.heapUsed + one.external),
    main: heapUsed + external,
    connections: sum(one => one.connections),
  }
  process.send!(held)
}
process.send!('up')
process.exit(await supervisor.ended)
