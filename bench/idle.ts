/** Memory an idle client connection costs: many are opened, each asks once, and then all keep quiet. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as pass } from 'node:timers/promises'
import { memoryBytes } from './processes.ts'
import { browserFields } from './workloads.ts'

/** Bytes a connection. The first few hundred connections are not counted: they also warm the program up. */
export async function idleBytes(pid: number, port: number, host: string, count: number): Promise<number> {
  const request = `${[`GET / HTTP/1.1`, `Host: ${host}`, ...browserFields].join('\r\n')}\r\n\r\n`
  const sockets: Socket[] = []
  try {
    await open(sockets, 400, port, request)
    await pass(500)
    const before = memoryBytes(pid)
    await open(sockets, count, port, request)
    await pass(1500) // for collectors that run when nothing else does
    return (memoryBytes(pid) - before) / count
  } finally {
    for (const socket of sockets) socket.destroy()
  }
}

async function open(sockets: Socket[], count: number, port: number, request: string): Promise<void> {
  // A few at a time: this is about memory, not about the accept queue.
  for (let opened = 0; opened < count; opened += 50) {
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        const socket = connect({ port, host: '127.0.0.1' })
        sockets.push(socket)
        socket.write(request)
        await once(socket, 'data')
      }),
    )
  }
}
