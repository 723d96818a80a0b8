/** The real worker, and a way for a test to end it: a file `die-N` below the prefix, for worker N. */
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { workerData } from 'node:worker_threads'
import type { WorkerBirth } from '../../src/worker/messages.ts'
import '../../src/worker/worker.ts'

const { prefix, index } = workerData as WorkerBirth
const file = join(prefix, `die-${index}`)
setInterval(() => {
  if (!existsSync(file)) return
  rmSync(file)
  throw new Error('told to die')
}, 5).unref()
