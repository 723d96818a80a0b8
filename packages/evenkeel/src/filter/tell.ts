/**
 * Lines in the error log about one exchange, with the ending by which people and tools find the request in it.
 * The ending is put together only when the level is written at all.
 */
import type { Exchange } from '../exchange/exchange.ts'

export function tell(exchange: Exchange, level: number, text: string): void {
  const log = exchange.route.errorLog
  if (level <= log.level) log.write(level, text + logSuffix(exchange))
}

/** `, client: 192.0.2.7, server: example.org, request: "GET / HTTP/1.1", host: "example.org"` */
export function logSuffix(exchange: Exchange): string {
  const { request } = exchange
  const version = `HTTP/${Math.floor(request.version / 10)}.${request.version % 10}`
  const suffix = `, client: ${exchange.remoteAddress}, server: ${exchange.server.name}`
  const line = `${suffix}, request: "${request.method} ${request.target} ${version}"`
  return request.authority === '' ? line : `${line}, host: "${request.authority}"`
}
