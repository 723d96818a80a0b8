/** proxy_pass: who answers, and the implicit upstream of an address without an upstream block. */
import type { ContentModel, UpstreamModel } from '../../../model/model.ts'
import { isIpv4, isIpv6, readAddress, type ReadAddress, type ReadPath } from '../addresses.ts'
import type { Statement } from '../parser.ts'
import type { Draft, HttpDraft, PendingPass, Place, Reading } from '../place.ts'
import { nearest } from '../suggest.ts'
import { row, type Directive } from '../table.ts'

export const proxyPassDirectives: readonly Directive[] = [
  {
    ...row(
      'proxy_pass',
      ['location', 'if in location', 'limit_except'],
      'url',
      null,
      'The upstream or server that requests are forwarded to.',
    ),
    apply: readProxyPass,
  },
]

type FixedPass = Draft<Extract<ContentModel, { kind: 'proxy' }>['pass'] & { kind: 'fixed' }>

function readProxyPass(place: Place, statement: Statement): void {
  if (place.holder.content?.kind === 'proxy') return place.failDirective(statement, 'is duplicate')
  const written = statement.words[1] ?? ''
  if (written.includes('$')) {
    const url = place.template(statement, 1)
    if (url === null) return
    place.holder.content = { kind: 'proxy', pass: { kind: 'variable', url, written } }
    return place.mark('content', statement.position)
  }
  const [prefix = '', scheme = ''] = /^(https?):\/\//i.exec(written) ?? []
  if (prefix === '') return place.fail(statement, 1, 'invalid URL prefix', 'begin it with http:// or https://')
  const secure = scheme.toLowerCase() === 'https'
  const standardPort = secure ? 443 : 80
  const url = written.slice(prefix.length)
  const address = readAddress(url, { defaultPort: standardPort, uri: true })
  if (typeof address === 'string') return place.fail(statement, 1, `${address} in upstream "${url}"`)
  const pass: FixedPass = {
    kind: 'fixed',
    scheme: secure ? 'https' : 'http',
    upstream: '',
    host: proxyHost(address, standardPort),
    port: address.kind === 'tcp' ? String(address.port) : '',
    uri: address.uri === '' ? null : address.uri,
    written,
  }
  place.holder.content = { kind: 'proxy', pass }
  place.mark('content', statement.position)
  place.reading.passes.push({ pass, address, position: statement.position })
}

/** $proxy_host: the port is told only when it is not the scheme's. */
export function proxyHost(address: ReadAddress | ReadPath, standardPort: number): string {
  if (address.kind === 'unix') return 'localhost'
  const host = bracketed(address.host)
  return address.port === standardPort ? host : `${host}:${address.port}`
}

/** Once every upstream is known, each proxy_pass finds its own; an address without one gets one made for it. */
export function connectPasses(
  reading: Reading,
  http: Pick<HttpDraft, 'upstreams'>,
  passes: readonly PendingPass[] = reading.passes,
  root: 'http' | 'stream' = 'http',
): void {
  const named = new Map(http.upstreams.map(one => [one.name.toLowerCase(), one]))
  const implicit = new Map<string, UpstreamModel>()
  const names = [...named.keys()]
  const suggested = new Map<string, string | null>()
  for (const { pass, address, position } of passes) {
    const upstream = address.kind === 'tcp' ? named.get(bracketed(address.host).toLowerCase()) : undefined
    if (upstream !== undefined && address.kind === 'tcp') {
      if (address.portWritten) {
        const remedy = 'the ports stand in its server lines; leave the port out here'
        reading.problems.error(position, `upstream "${address.host}" may not have port ${address.port}`, remedy)
      }
      pass.upstream = upstream.name
      continue
    }
    if (root === 'stream' && address.kind === 'tcp' && !address.portWritten) {
      const remedy = `name an upstream, or write ${bracketed(address.host)}:PORT`
      reading.problems.error(position, `no port in upstream "${address.host}"`, remedy)
      continue
    }
    const name = address.kind === 'unix' ? `unix:${address.path}` : `${bracketed(address.host)}:${address.port}`
    let made = implicit.get(name)
    if (made === undefined) {
      made = makeImplicit(name, address)
      implicit.set(name, made)
      reading.positions[`${root}.upstreams.${http.upstreams.length}`] = position
      http.upstreams.push(made)
    }
    pass.upstream = name
    if (address.kind !== 'tcp' || address.portWritten || !couldBeAName(address.host)) continue
    if (!suggested.has(address.host)) suggested.set(address.host, nearest(address.host.toLowerCase(), names))
    const near = suggested.get(address.host) ?? null
    if (near === null) continue
    const meant = named.get(near)?.name ?? near
    reading.problems.warn(
      position,
      `no upstream is named "${address.host}": requests go to the host of that name`,
      `did you mean "${meant}"?`,
    )
  }
}

function couldBeAName(host: string): boolean {
  return !host.includes('.') && host !== 'localhost' && !isIpv4(host) && !isIpv6(host)
}

function makeImplicit(name: string, address: ReadAddress | ReadPath): UpstreamModel {
  return {
    name,
    implicit: true,
    servers: [
      {
        text: name,
        address: address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port },
        weight: 1,
        maxConns: 0,
        maxFails: 1,
        failTimeoutSeconds: 10,
        backup: false,
        down: false,
      },
    ],
    method: { name: 'round_robin', key: null, arguments: [] },
    zone: null,
    keepalive: 0,
    keepaliveRequests: 1000,
    keepaliveTimeMs: 3_600_000,
    keepaliveTimeoutMs: 60_000,
  }
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
