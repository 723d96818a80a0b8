/**
 * Stands for a worker in tests of the main thread: it obeys at once and carries no traffic. Words in its model's
 * server names make it misbehave.
 */
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import type { FromWorker, ToWorker, WorkerBirth } from '../../src/worker/messages.ts'

const port = parentPort!
const birth = workerData as WorkerBirth
const tell = (message: FromWorker): void => port.postMessage(message)
let live = 0

port.on('message', (message: ToWorker) => {
  note(message.kind)
  if (message.kind === 'configure') configure(message)
  else if (message.kind === 'drain') tell({ kind: 'drained' })
  else if (message.kind === 'stop') port.close()
})

function configure({ configuration }: Extract<ToWorker, { kind: 'configure' }>): void {
  const { generation, model } = configuration
  const words = model.http?.servers.flatMap(server => server.names.map(name => ('text' in name ? name.text : ''))) ?? []
  if (words.includes('die')) throw new Error('told to die')
  if (words.includes(`refuse-in-${birth.index}`))
    return tell({ kind: 'refused', generation, problems: ['cannot do that'] })
  const before = live
  live = generation
  tell({ kind: 'live', generation })
  if (before > 0) tell({ kind: 'retired', generation: before })
  if (words.includes('die-later')) setTimeout(() => process.exit(3), 20)
}

/** What it was told, for the test to read. */
function note(kind: string): void {
  appendFileSync(join(birth.prefix, 'told'), `${birth.index} ${kind}\n`)
}
