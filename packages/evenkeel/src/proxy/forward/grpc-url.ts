/** What grpc_pass with variables came out as, in the words of proxy_pass: the scheme may be missing, a path means nothing. */
import type { Exchange } from '../../exchange/exchange.ts'

type UrlOf = (exchange: Exchange) => string

const parts = /^(?:grpc(s?):\/\/)?(unix:[^:]*|[^/?]*)/i

export function compileGrpcUrl(url: UrlOf): UrlOf {
  return exchange => grpcUrl(url(exchange))
}

export function grpcUrl(text: string): string {
  const [, secure = '', authority = ''] = parts.exec(text) ?? []
  return `${secure === '' ? 'http' : 'https'}://${authority}`
}
