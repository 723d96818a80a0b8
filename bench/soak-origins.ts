/** Origins of a soak: what they do follows from the path, so that every way an answer can go wrong comes up. */
import { createServer, type Server, type Socket } from 'node:net'

export async function startSoakOrigins(count: number): Promise<{ ports: number[]; stop: () => void }> {
  const open = new Set<Socket>()
  const servers: Server[] = []
  for (let index = 0; index < count; index++) {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, socket => {
      open.add(socket)
      socket.on('close', () => open.delete(socket))
      socket.on('error', () => {})
      serve(socket)
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    servers.push(server)
  }
  return {
    ports: servers.map(server => (server.address() as { port: number }).port),
    stop() {
      for (const server of servers) server.close()
      for (const socket of open) socket.destroy()
    },
  }
}

const big = 'x'.repeat(300_000)

function serve(socket: Socket): void {
  let text = ''
  let tunnel = false
  socket.setEncoding('latin1')
  socket.on('end', () => socket.end())
  socket.on('data', (part: string) => {
    if (tunnel) return void socket.write(part, 'latin1')
    text += part
    for (;;) {
      const end = text.indexOf('\r\n\r\n')
      if (end < 0) return
      const head = text.slice(0, end)
      const size = end + 4 + Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0)
      if (text.length < size) return
      text = text.slice(size)
      const path = head.split(' ')[1]!
      if (path === '/ws') {
        tunnel = true
        socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n')
      } else answer(socket, path)
    }
  })
}

function answer(socket: Socket, path: string): void {
  const whole = (body: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  if (path === '/chunked') socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n')
  else if (path === '/big') socket.write(whole(big))
  else if (path === '/slow') setTimeout(() => socket.writable && socket.write(whole('slow')), 30)
  else if (path === '/reset') socket.resetAndDestroy()
  else if (path === '/cut') socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort')
  else if (path === '/garbage') socket.end('\x00\x01\x02 not HTTP\r\n\r\n')
  else if (path !== '/hang') socket.write(whole('hello'))
}
