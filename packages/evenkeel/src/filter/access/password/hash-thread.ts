/** The thread that computes expensive hashes, one after the other: see hash-queue.ts. */
import { parentPort } from 'node:worker_threads'
import { blowfishState } from './bcrypt.ts'
import type { HashAnswer, HashTask } from './hash-queue.ts'
import { verify } from './verify.ts'

let state: Uint32Array | null = null

parentPort!.on('message', ({ number, password, stored }: HashTask) => {
  parentPort!.postMessage({
    number,
    right: verify(password, stored, () => (state ??= blowfishState())),
  } satisfies HashAnswer)
})
