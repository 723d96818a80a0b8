/** The real worker, and ways for a test to end it (a file `die-N` below the prefix, for worker N) or to have it hang (`hang-N`). */
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { workerData } from 'node:worker_threads'
import type { WorkerBirth } from '../../src/worker/messages.ts'
import '../../src/worker/worker.ts'

const { prefix, index } = workerData as WorkerBirth
setInterval(() => {
  if (told('hang')) for (;;);
  if (told('die')) throw new Error('told to die')
}, 5).unref()

function told(word: string): boolean {
  const file = join(prefix, `${word}-${index}`)
  if (!existsSync(file)) return false
  rmSync(file)
  return true
}
