/** One request through to its target, and to `forward`, with the events that the package tells of it. */
import { request as plainRequest, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { request as secureRequest } from 'node:https'
import { writeAnswer } from './answer.ts'
import { isSecureProtocol, readTarget, type Parts, type ProxyOptions, type ProxyTarget } from './options.ts'
import { addForwarded, outgoing } from './outgoing.ts'
import type { ProxyServer } from './proxy-server.ts'
import { follow, KeptBody } from './redirects.ts'

export type WebFailed = (
  error: Error,
  request: IncomingMessage,
  response: ServerResponse,
  target: ProxyTarget | undefined,
) => void

export function passWeb(
  proxy: ProxyServer,
  request: IncomingMessage,
  response: ServerResponse,
  options: ProxyOptions,
  failed: WebFailed | undefined,
): void {
  const target = readTarget(options.target)
  const forward = readTarget(options.forward)
  const { method, headers } = request
  // A body that is announced by chunks stays one: to drop that would make it the start of another request.
  const bare = headers['content-length'] === undefined && headers['transfer-encoding'] === undefined
  if (bare && (method === 'DELETE' || method === 'OPTIONS')) headers['content-length'] = '0'
  if (options.timeout !== undefined) request.socket.setTimeout(options.timeout)
  if (options.xfwd === true) addForwarded(request, ['http', 'https'])
  proxy.emit('start', request, response, options.target ?? options.forward)
  const body = options.buffer ?? request
  if (forward !== null) {
    const aside = send(request, options, forward)
    const ear = listener(proxy, request, response, aside, options.forward, failed)
    aside.on('error', ear)
    aside.on('response', answer => answer.resume())
    body.pipe(aside)
    if (target === null) return void response.end()
  }
  if (target !== null) passOn(proxy, request, response, options, target, failed)
}

function passOn(
  proxy: ProxyServer,
  request: IncomingMessage,
  response: ServerResponse,
  options: ProxyOptions,
  target: Parts,
  failed: WebFailed | undefined,
): void {
  const body = options.buffer ?? request
  let sent = send(request, options, target)
  const began = (next: ClientRequest): void => {
    sent = next
    next.on('error', listener(proxy, request, response, next, options.target, failed))
    if (options.proxyTimeout !== undefined) next.setTimeout(options.proxyTimeout, () => next.destroy())
  }
  began(sent)
  sent.on('socket', () => {
    // With `Expect` the head is on its way already, and cannot be changed any more.
    if (sent.getHeader('expect') === undefined) proxy.emit('proxyReq', sent, request, response, options)
  })
  request.on('error', listener(proxy, request, response, sent, options.target, failed))
  const left = (): void => {
    if (!response.writableFinished) sent.destroy()
  }
  response.on('close', left)
  request.on('aborted', left)
  const answered = (answer: IncomingMessage): void => hand(proxy, request, response, answer, options)
  if (options.followRedirects === true) {
    const kept = new KeptBody()
    body.on('data', (part: Uint8Array) => kept.add(part))
    const url = new URL(
      `${isSecureProtocol(target.protocol) ? 'https' : 'http'}://${sent.host}:${target.port || (isSecureProtocol(target.protocol) ? 443 : 80)}${sent.path}`,
    )
    const chase = { target: url, outgoing: outgoing(request, options, target), sent: began, answered }
    sent.on('response', answer => follow(answer, kept, chase))
  } else sent.on('response', answered)
  body.pipe(sent)
}

function hand(
  proxy: ProxyServer,
  request: IncomingMessage,
  response: ServerResponse,
  answer: IncomingMessage,
  options: ProxyOptions,
): void {
  proxy.emit('proxyRes', answer, request, response)
  const self = options.selfHandleResponse === true
  if (!response.headersSent && !self) writeAnswer(request, response, answer, options)
  if (response.writableEnded) return void proxy.emit('end', request, response, answer)
  answer.on('end', () => proxy.emit('end', request, response, answer))
  if (self) return
  // Cut short there, it is cut short here: an end would say that this was all.
  answer.on('error', () => response.destroy())
  answer.on('aborted', () => response.destroy())
  answer.pipe(response)
}

function send(request: IncomingMessage, options: ProxyOptions, target: Parts): ClientRequest {
  return (isSecureProtocol(target.protocol) ? secureRequest : plainRequest)(outgoing(request, options, target))
}

function listener(
  proxy: ProxyServer,
  request: IncomingMessage,
  response: ServerResponse,
  sent: ClientRequest,
  target: ProxyTarget | undefined,
  failed: WebFailed | undefined,
): (error: NodeJS.ErrnoException) => void {
  return error => {
    if (request.socket.destroyed && error.code === 'ECONNRESET') {
      proxy.emit('econnreset', error, request, response, target)
      sent.destroy()
    } else if (failed !== undefined) failed(error, request, response, target)
    else proxy.emit('error', error, request, response, target)
  }
}
