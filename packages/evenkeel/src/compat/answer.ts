/** An answer of the target made the client's: its fields, redirects and cookies. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { readTarget, type CookieRewrite, type ProxyOptions } from './options.ts'

const redirecting: ReadonlySet<number | undefined> = new Set([201, 301, 302, 307, 308])

export function writeAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  answer: IncomingMessage,
  options: ProxyOptions,
): void {
  const { headers } = answer
  if (request.httpVersion === '1.0') {
    // It knows no chunks, and keeps a connection only when it says so.
    delete headers['transfer-encoding']
    headers.connection = request.headers.connection ?? 'close'
  } else if (request.httpVersionMajor < 2) headers.connection ??= request.headers.connection ?? 'keep-alive'
  else for (const name of ['connection', 'keep-alive', 'transfer-encoding', 'upgrade']) delete headers[name]
  rewriteLocation(request, answer, options)
  const written = new Map(
    answer.rawHeaders.filter((_, at) => at % 2 === 0).map(name => [name.toLowerCase(), name] as const),
  )
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue
    const shown = options.preserveHeaderKeyCase === true ? (written.get(name) ?? name) : name
    response.setHeader(shown, name === 'set-cookie' ? rewriteCookies(value as string[], options) : value)
  }
  response.statusCode = answer.statusCode ?? 502
  if (answer.statusMessage && request.httpVersionMajor < 2) response.statusMessage = answer.statusMessage
}

function rewriteLocation(request: IncomingMessage, answer: IncomingMessage, options: ProxyOptions): void {
  const { hostRewrite, autoRewrite, protocolRewrite } = options
  const { location } = answer.headers
  if (location === undefined || !redirecting.has(answer.statusCode)) return
  if (!hostRewrite && autoRewrite !== true && !protocolRewrite) return
  const url = URL.parse(location)
  // Only what leads back to the target is ours to change.
  if (url === null || url.host !== hostOf(options)) return
  const host = hostRewrite ?? (autoRewrite === true ? request.headers.host : undefined)
  const protocol = (protocolRewrite ?? url.protocol).replace(/:$/, '')
  answer.headers.location = `${protocol}://${host ?? url.host}${url.pathname}${url.search}${url.hash}`
}

function hostOf({ target }: ProxyOptions): string {
  const parts = readTarget(target)
  if (parts === null) return ''
  const host = parts.host ?? parts.hostname ?? ''
  const port = parts.port === undefined || parts.port === null || parts.port === '' ? '' : `:${parts.port}`
  return URL.parse(`${parts.protocol}//${/:\d+$/.test(host) ? host : host + port}`)?.host ?? ''
}

export function rewriteCookies(cookies: readonly string[], options: ProxyOptions): string[] {
  return cookies.map(cookie =>
    rewriteAttribute(
      rewriteAttribute(cookie, 'domain', options.cookieDomainRewrite),
      'path',
      options.cookiePathRewrite,
    ),
  )
}

function rewriteAttribute(cookie: string, attribute: 'domain' | 'path', rewrite: CookieRewrite | undefined): string {
  if (rewrite === undefined || rewrite === false) return cookie
  const rules = typeof rewrite === 'string' ? { '*': rewrite } : rewrite
  return cookie
    .split(';')
    .flatMap((part, at) => {
      const [name = '', ...rest] = part.split('=')
      if (at === 0 || name.trim().toLowerCase() !== attribute) return [part]
      const value = rest.join('=').trim()
      const rule = Object.hasOwn(rules, value) ? rules[value] : Object.hasOwn(rules, '*') ? rules['*'] : value
      return rule ? [`${name}=${rule}`] : []
    })
    .join(';')
}
