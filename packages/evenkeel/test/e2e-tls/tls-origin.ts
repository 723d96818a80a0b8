/** An origin that speaks HTTPS, and tells in its answers how it was spoken to. */
import { once } from 'node:events'
import { createServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'

export class TlsOrigin implements AsyncDisposable {
  readonly port: number
  readonly #close: () => Promise<void>
  /** Handshakes that were done. */
  readonly #counts: { connections: number }

  private constructor(port: number, counts: { connections: number }, close: () => Promise<void>) {
    this.port = port
    this.#counts = counts
    this.#close = close
  }

  get connections(): number {
    return this.#counts.connections
  }

  /** Answers `NAME connection=1 sni=… client=… reused=… TLSv1.3`; a body is sent back; an upgrade echoes. */
  static async start(name: string, options: ServerOptions): Promise<TlsOrigin> {
    const counts = { connections: 0 }
    const serials = new WeakMap<object, number>()
    const server = createServer(options, (request, response) => {
      const socket = request.socket as TLSSocket
      const parts: Buffer[] = []
      request.on('data', part => parts.push(part as Buffer))
      request.on('end', () => {
        const facts = [
          `${name} connection=${serials.get(socket)}`,
          `sni=${(socket as unknown as { servername: string | false }).servername || ''}`,
          `client=${String(socket.getPeerCertificate().subject?.CN ?? '')}`,
          `reused=${socket.isSessionReused()}`,
          String(socket.getProtocol()),
        ]
        response.end(parts.length === 0 ? facts.join(' ') : Buffer.concat(parts))
      })
    })
    const sockets = new Set<TLSSocket>()
    server.on('secureConnection', socket => {
      serials.set(socket, ++counts.connections)
      sockets.add(socket)
    })
    server.on('tlsClientError', () => {})
    server.on('upgrade', (_, socket) => {
      socket.on('error', () => {})
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
      socket.pipe(socket)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new TlsOrigin((server.address() as AddressInfo).port, counts, async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close()
  }
}
