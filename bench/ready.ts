/** Waiting until a program answers; also how a cold start is timed. */
import { connect } from 'node:net'
import { setTimeout as pass } from 'node:timers/promises'
import type { Started } from './processes.ts'

/** Resolves at the first 200; fails when the program ends, or does not answer within ten seconds. */
export async function firstAnswer(started: Started, port: number, path: string, host = 'bench.test'): Promise<void> {
  const expires = performance.now() + 10_000
  while (!(await answers(port, path, host))) {
    if (started.ended()) throw new Error(`ended at once: ${started.output().trim().split('\n').slice(-3).join(' | ')}`)
    if (performance.now() > expires) throw new Error(`no 200 within 10 s: ${started.output().trim().slice(-300)}`)
    await pass(2)
  }
}

async function answers(port: number, path: string, host: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.setTimeout(2000, () => socket.destroy())
    socket.on('connect', () => socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`))
    socket.once('data', part => {
      resolve(part.toString('latin1').startsWith('HTTP/1.1 200'))
      socket.destroy()
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => resolve(false))
  })
}
