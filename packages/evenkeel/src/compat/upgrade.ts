/** One WebSocket through to its target: the upgrade is asked for there, then both sockets are joined. */
import { request as plainRequest, type IncomingMessage } from 'node:http'
import { request as secureRequest } from 'node:https'
import type { Duplex } from 'node:stream'
import { isSecureProtocol, type Parts, type ProxyOptions } from './options.ts'
import { addForwarded, outgoing } from './outgoing.ts'
import type { ProxyServer } from './proxy-server.ts'
import { rewriteCookies } from './answer.ts'

export type SocketFailed = (error: Error, request: IncomingMessage, socket: Duplex) => void

export function passUpgrade(
  proxy: ProxyServer,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  options: ProxyOptions,
  target: Parts,
  failed: SocketFailed | undefined,
): void {
  if (request.method !== 'GET' || request.headers.upgrade?.toLowerCase() !== 'websocket') return void socket.destroy()
  if (options.xfwd === true) addForwarded(request, ['ws', 'wss'])
  calm(socket)
  if (head.length > 0) socket.unshift(head)
  const send = isSecureProtocol(target.protocol) ? secureRequest : plainRequest
  const sent = send(outgoing(request, options, target))
  const fail = (error: Error): void => {
    if (failed !== undefined) failed(error, request, socket)
    else proxy.emit('error', error, request, socket)
    socket.end()
  }
  proxy.emit('proxyReqWs', sent, request, socket, options, head)
  sent.on('error', fail)
  socket.on('error', () => sent.destroy())
  socket.on('close', () => sent.destroy())
  sent.on('response', answer => {
    // It stays HTTP: the client is told so, and that this is the end of the connection.
    socket.write(headText(`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`, answer, options, true))
    answer.pipe(socket)
  })
  sent.on('upgrade', (answer, there, early) => {
    calm(there)
    there.on('error', fail)
    there.on('end', () => proxy.emit('close', answer, there, early))
    socket.on('error', () => there.destroy())
    socket.on('close', () => there.destroy())
    there.on('close', () => socket.destroy())
    if (early.length > 0) there.unshift(early)
    socket.write(headText('HTTP/1.1 101 Switching Protocols', answer, options, false))
    there.pipe(socket).pipe(there)
    proxy.emit('open', there)
    proxy.emit('proxySocket', there)
  })
  sent.end()
}

function headText(first: string, answer: IncomingMessage, options: ProxyOptions, closing: boolean): string {
  let text = `${first}\r\n`
  const { rawHeaders } = answer
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!
    const lower = name.toLowerCase()
    // The body goes on without its chunks.
    if (closing && (lower === 'transfer-encoding' || lower === 'connection')) continue
    const value = rawHeaders[at + 1]!
    text += `${name}: ${lower === 'set-cookie' ? rewriteCookies([value], options)[0] : value}\r\n`
  }
  return `${text}${closing ? 'Connection: close\r\n' : ''}\r\n`
}

function calm(socket: Duplex): void {
  const tcp = socket as Duplex & {
    setTimeout?(ms: number): void
    setNoDelay?(on: boolean): void
    setKeepAlive?(on: boolean, ms: number): void
  }
  tcp.setTimeout?.(0)
  tcp.setNoDelay?.(true)
  tcp.setKeepAlive?.(true, 0)
}
