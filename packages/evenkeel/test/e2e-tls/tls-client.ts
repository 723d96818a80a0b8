/** One request over TLS, as Node's own client makes it. */
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'

export interface Answer {
  readonly text: string
  readonly status: number
  readonly socket: TLSSocket
  /** For the next connection. */
  readonly session: Buffer | undefined
}

/** Sends the request, reads to the end; a handshake or connection that fails rejects with its error. */
export function askTls(
  port: number,
  options: ConnectionOptions & { host?: string; path?: string } = {},
): Promise<Answer> {
  const { host = options.servername ?? 'localhost', path = '/', ...rest } = options
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const socket = connect({ port, rejectUnauthorized: false, ...rest, host: '127.0.0.1' })
  let text = ''
  let session: Buffer | undefined
  socket.setEncoding('latin1')
  socket.on('session', data => (session = data))
  socket.on('secureConnect', () => socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`))
  socket.on('data', (part: string) => (text += part))
  socket.on('end', () =>
    resolve({ text: text.slice(text.indexOf('\r\n\r\n') + 4), status: Number(text.slice(9, 12)), socket, session }),
  )
  socket.on('error', reject)
  socket.on('close', () => reject(new Error('closed without an answer')))
  return promise
}
