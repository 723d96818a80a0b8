/**
 * The entry of a worker thread: messages in, one WorkerLife that does what they say.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { CodeLoader } from './code/code-loader.ts'
import type { FromWorker, ToWorker, WorkerBirth } from './messages.ts'
import { WorkerLife } from './worker-life.ts'

const port = parentPort!
const tell = (message: FromWorker): void => {
  if (message.kind === 'released' && message.listener !== null)
    port.postMessage(message, [message.listener.server as never])
  else port.postMessage(message)
}
const life = new WorkerLife(workerData as WorkerBirth, tell, () => process.exit(0), new CodeLoader())
port.on('message', (message: ToWorker) => life.told(message))
