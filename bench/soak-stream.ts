/** A soak of `stream`: its configuration, servers that do what the first byte they get says, and clients that leave in every way. */
import { createSocket } from 'node:dgram'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as pass } from 'node:timers/promises'
import { data, gone, type Visit } from './soak-clients.ts'

export interface StreamPorts {
  readonly tcp: number
  readonly half: number
  readonly preread: number
  readonly udp: number
}

export function streamConfiguration(ports: StreamPorts, origins: readonly number[], round: number): string {
  const servers = origins.map(one => `server 127.0.0.1:${one} max_fails=0;`).join(' ')
  return `
stream {
  match echo { send "e-well?"; expect "well?"; }
  upstream all { ${servers} server 127.0.0.1:1 max_fails=0; }
  upstream datagrams { ${servers} }
  proxy_timeout 2s;
  server { listen 127.0.0.1:${ports.tcp}; status_zone tcp; proxy_pass all; health_check interval=500ms match=echo; }
  server { listen 127.0.0.1:${ports.half}; proxy_half_close on; proxy_download_rate ${round % 2 === 0 ? '50m' : '0'}; proxy_pass all; }
  server { listen 127.0.0.1:${ports.preread}; ssl_preread on; preread_timeout 100ms; proxy_protocol v2; proxy_pass all; }
  server { listen 127.0.0.1:${ports.udp} udp; proxy_responses 1; proxy_timeout 200ms; proxy_pass datagrams; }
}
`
}

const big = Buffer.alloc(300_000, 'x')

export async function startStreamOrigins(count: number): Promise<{ ports: number[]; stop: () => void }> {
  const open = new Set<Socket>()
  const servers: Server[] = []
  const datagrams: ReturnType<typeof createSocket>[] = []
  for (let index = 0; index < count; index++) {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, socket => {
      open.add(socket)
      socket.on('close', () => open.delete(socket)).on('error', () => {})
      serve(socket)
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    servers.push(server)
    const udp = createSocket('udp4').on('error', () => {})
    udp.on('message', (bytes, from) => {
      if (bytes[0] === ECHO) udp.send(bytes, from.port, from.address)
    })
    await new Promise<void>(resolve => udp.bind(portOf(server), '127.0.0.1', resolve))
    datagrams.push(udp)
  }
  return {
    ports: servers.map(portOf),
    stop() {
      for (const server of servers) server.close()
      for (const udp of datagrams) udp.close()
      for (const socket of open) socket.destroy()
    },
  }
}

const ECHO = 'e'.charCodeAt(0)

function serve(socket: Socket): void {
  let kind = ''
  socket.on('end', () => {
    if (kind === 'l') socket.write('the last word')
    socket.end()
  })
  socket.on('data', (part: Buffer) => {
    kind ||= String.fromCharCode(part[0]!)
    if (kind === 'e') socket.write(part)
    else if (kind === 'b') socket.end(big)
    else if (kind === 'r') socket.resetAndDestroy()
    else if (kind === 'f') socket.end('no more')
  })
}

/** What a visit of a soak does; the first socket is to the plain listener. */
export function streamVisits(ports: StreamPorts): readonly Visit[] {
  const to = (port: number): Socket => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    return socket.on('error', () => {})
  }
  return [
    // A talk, which the caller ends with a FIN or a reset.
    async (socket, below) => {
      for (let left = 1 + below(8); left > 0; left--) {
        socket.write('e'.repeat(1 + below(5000)))
        await data(socket)
      }
    },
    // Gone at once, after a moment, or before anybody answers.
    async (_, below) => pass(below(5)),
    async (socket, below) => {
      socket.write('hang')
      await pass(below(20))
    },
    // Half-closed, and the other side has the last word; where that is not let through it ends.
    async (socket, below) => {
      const half = to(below(2) === 0 ? ports.half : ports.tcp)
      half.end('l')
      half.resume()
      await Promise.race([gone(half), pass(1000, undefined, { ref: false })])
      half.destroy()
      socket.destroy()
    },
    // Much of which only the beginning is read.
    async (socket, below) => {
      socket.write('b')
      await data(socket)
      socket.pause()
      await pass(below(10))
    },
    async (_, below) => {
      const other = to(below(2) === 0 ? ports.half : ports.tcp)
      other.write('big')
      other.resume()
      await Promise.race([gone(other), pass(1000, undefined, { ref: false })])
      other.destroy()
    },
    // The server breaks, or ends first.
    async (socket, below) => {
      socket.write(below(2) === 0 ? 'r' : 'f')
      await Promise.race([data(socket), gone(socket)])
    },
    // What is no TLS where TLS is looked for, and what never becomes anything.
    async (_, below) => {
      const other = to(ports.preread)
      other.write(below(2) === 0 ? 'e no TLS' : Buffer.from('160301020001', 'hex'))
      await Promise.race([data(other), gone(other), pass(300, undefined, { ref: false })])
      if (below(2) === 0) other.resetAndDestroy()
      else other.destroy()
    },
    // Datagrams that are answered, or are not.
    async (_, below) => {
      const udp = createSocket('udp4').on('error', () => {})
      const answered = new Promise(resolve => udp.once('message', resolve))
      udp.send(below(4) === 0 ? 'silence' : 'e hello', ports.udp, '127.0.0.1')
      await Promise.race([answered, pass(100, undefined, { ref: false })])
      udp.close()
    },
  ]
}

function portOf(server: Server): number {
  return (server.address() as { port: number }).port
}
