import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Worker } from 'node:worker_threads'
import { freeDeadLock, Lock } from './lock.ts'

it('may be taken again by who holds it', () => {
  const words = new Int32Array(new SharedArrayBuffer(8))
  const lock = new Lock(words, 1, 7)
  lock.take()
  lock.take()
  lock.give()
  assert.equal(words[1], 7)
  lock.give()
  assert.deepEqual([...words], [0, 0])
})

it('frees only the lock of the one who died', () => {
  const words = new Int32Array(new SharedArrayBuffer(4))
  new Lock(words, 0, 3).take()
  assert.equal(freeDeadLock(words, 0, 2), false)
  assert.equal(freeDeadLock(words, 0, 3), true)
  assert.equal(freeDeadLock(words, 0, 3), false)
  new Lock(words, 0, 2).take()
  assert.equal(words[0], 2)
})

it('lets one thread at a time in', async () => {
  const threads = 4
  const rounds = 5000
  const buffer = new SharedArrayBuffer(12)
  const source = `
    const { workerData } = require('node:worker_threads')
    import(workerData.url).then(({ Lock }) => {
      const words = new Int32Array(workerData.buffer)
      const lock = new Lock(words, 0, workerData.owner)
      // Threads start one after the other: without this they would never meet.
      Atomics.add(words, 2, 1)
      while (Atomics.load(words, 2) < ${threads}) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
      for (let round = 0; round < ${rounds}; round++) {
        lock.take()
        const seen = words[1]
        for (let work = 0; work < 50; work++) Atomics.load(words, 0)
        words[1] = seen + 1
        lock.give()
      }
    })`
  const url = new URL('./lock.ts', import.meta.url).href
  const ended = Array.from({ length: threads }, (_, index) => {
    const worker = new Worker(source, { eval: true, workerData: { buffer, owner: index + 1, url } })
    return new Promise(resolve => worker.once('exit', resolve))
  })
  await Promise.all(ended)
  assert.deepEqual([...new Int32Array(buffer)], [0, threads * rounds, threads])
})

it('lets a sleeper in when a dead owner is freed', async () => {
  const buffer = new SharedArrayBuffer(8)
  const words = new Int32Array(buffer)
  new Lock(words, 0, 9).take()
  const source = `
    const { workerData } = require('node:worker_threads')
    import(workerData.url).then(({ Lock }) => {
      const words = new Int32Array(workerData.buffer)
      new Lock(words, 0, 1).take()
      words[1] = 1
    })`
  const worker = new Worker(source, {
    eval: true,
    workerData: { buffer, url: new URL('./lock.ts', import.meta.url).href },
  })
  const exited = new Promise(resolve => worker.once('exit', resolve))
  // Its bit says that it sleeps.
  while (words[0] === 9 && words[1] === 0) await new Promise(resolve => setImmediate(resolve))
  assert.equal(words[1], 0)
  assert.equal(freeDeadLock(words, 0, 9), true)
  await exited
  assert.equal(words[1], 1)
})
