/** Requests to an issuer, over HTTPS alone: with a limit on time and size, and proof of who answers unless told otherwise. */
import type { IncomingHttpHeaders } from 'node:http'
import type { RequestOptions } from 'node:https'
import { isIP } from 'node:net'
import { rootCertificates } from 'node:tls'
import type { ResolverModel } from '../../model/settings.ts'
import { HostsFile } from '../../net/hosts-file.ts'
import { ResolveError, Resolver } from '../../net/resolver.ts'
import { ownVersion } from '../version.ts'

export interface AcmeRequest {
  readonly method: 'GET' | 'HEAD' | 'POST'
  readonly body?: string
  readonly accept?: string
}

export interface AcmeAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** Rejects where there is no whole answer. */
export type Transport = (url: string, request: AcmeRequest, signal: AbortSignal) => Promise<AcmeAnswer>

export interface TransportParts {
  /** PEM; null: the authorities of Node. */
  readonly authorities: string | null
  readonly verify: boolean
  /** null: names are looked up as the system does. */
  readonly resolver: ResolverModel | null
}

/** A request of which nothing is heard for so long has failed. */
const SILENCE_MS = 30_000
/** Directories, orders and chains have a few kilobytes. */
const MOST_BYTES = 1_048_576

export function httpsTransport({ authorities, verify, resolver }: TransportParts): Transport {
  const lookup = resolver === null ? null : lookupWith(resolver)
  const fixed: RequestOptions = {
    agent: false,
    ca: authorities ?? [...rootCertificates],
    rejectUnauthorized: verify,
    ...(lookup === null ? {} : { lookup }),
  }
  return async (url, { method, body, accept }, signal) => {
    // Loaded by who has such certificates alone: Node's HTTP takes a tenth of a start.
    const { request } = await import('node:https')
    const { promise, resolve, reject } = Promise.withResolvers<AcmeAnswer>()
    const { protocol, hostname } = new URL(url)
    if (protocol !== 'https:') throw new Error(`"${url}" is not https`)
    const host = hostname.replace(/^\[|\]$/g, '')
    const asked = request(url, {
      ...fixed,
      method,
      signal,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      headers: {
        'User-Agent': `evenkeel/${ownVersion()}`,
        ...(accept === undefined ? {} : { Accept: accept }),
        ...(body === undefined
          ? {}
          : { 'Content-Type': 'application/jose+json', 'Content-Length': Buffer.byteLength(body) }),
      },
    })
    asked.setTimeout(SILENCE_MS, () => asked.destroy(new Error(`no answer within ${SILENCE_MS / 1000} s`)))
    asked.on('error', reject)
    asked.on('response', response => {
      const parts: Buffer[] = []
      let size = 0
      response.on('data', (part: Buffer) => {
        size += part.length
        if (size > MOST_BYTES) asked.destroy(new Error('an answer of too many bytes'))
        else parts.push(part)
      })
      response.on('error', reject)
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(parts).toString() })
      })
    })
    asked.end(body)
    return promise
  }
}

function lookupWith(model: ResolverModel): NonNullable<RequestOptions['lookup']> {
  const resolver = new Resolver({ servers: model.addresses, validMs: model.validMs })
  const hosts = new HostsFile()
  return (name, options, done) => {
    const tell = (addresses: readonly string[]): void => {
      const found = addresses.map(address => ({ address, family: isIP(address) }))
      if (options.all === true) done(null, found)
      else done(null, found[0]?.address ?? '', found[0]?.family)
    }
    const written = hosts.addresses(name)
    if (written.length > 0) return process.nextTick(tell, written)
    resolver.resolve(name, { ipv4: model.ipv4, ipv6: model.ipv6 }, result => {
      if (!(result instanceof ResolveError)) return tell(result)
      done(Object.assign(new Error(`"${name}" could not be resolved (${result.code})`), { code: result.code }), [])
    })
  }
}
