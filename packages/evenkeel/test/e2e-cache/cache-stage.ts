/**
 * A proxy that caches before an origin that answers what the request asks for: `X-Answer` holds header lines, parted by
 * `|`; the body is the number of the request at the origin, so that a stored response is known from a new one.
 */
import assert from 'node:assert/strict'
import type { Request, Response } from '../scenario/connection.ts'
import { ask, get } from '../scenario/ask.ts'
import { httpOrigin, type Answer, type HttpOrigin } from '../scenario/origin.ts'
import { startProxy, type Proxied } from '../scenario/proxy.ts'
import { eventually } from '../scenario/wait.ts'

export interface CacheStageOptions {
  /** Directives of locations by their prefix, all cached. There is always `/`. */
  readonly locations?: Readonly<Record<string, string>>
  /** Parameters of proxy_cache_path besides its zone. */
  readonly path?: string
  readonly http?: string
  readonly workers?: number
  readonly answer?: (request: Request, number: number) => Answer
  readonly expectTrouble?: boolean
}

export class CacheStage {
  readonly proxy: Proxied
  readonly origin: HttpOrigin

  constructor(proxy: Proxied, origin: HttpOrigin) {
    this.proxy = proxy
    this.origin = origin
  }

  get port(): number {
    return this.proxy.port('main')
  }

  /** Asks for a target; the origin is told to answer with these lines. */
  ask(target: string, answer = '', ...lines: readonly string[]): Promise<Response> {
    return ask(this.port, get(target, 'Connection: close', `X-Answer: ${answer}`, ...lines))
  }

  /** After a start: what is on disk is known. */
  async loaded(): Promise<void> {
    await eventually(async () => {
      const caches = JSON.parse((await ask(this.port, get('/api/9/http/caches', 'Connection: close'))).text)
      assert.equal(caches.store.cold, false)
    })
  }

  /** How it came about and what it says: `HIT 1`. */
  async told(...args: Parameters<CacheStage['ask']>): Promise<string> {
    const response = await this.ask(...args)
    return `${response.get('x-cache') ?? '-'} ${response.text}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy[Symbol.asyncDispose]()
    await this.origin[Symbol.asyncDispose]()
  }
}

export async function openCacheStage(options: CacheStageOptions = {}): Promise<CacheStage> {
  const origin = await httpOrigin(options.answer ?? asAsked)
  const locations = Object.entries({ '/': '', ...options.locations })
  const proxy = await startProxy({
    workers: options.workers ?? 1,
    expectTrouble: options.expectTrouble ?? false,
    config: ports => `
proxy_cache_path store keys_zone=store:1m ${options.path ?? ''};
${options.http ?? ''}
add_header X-Cache $upstream_cache_status always;
upstream origin { server ${origin.address} max_fails=0; }
server {
listen 127.0.0.1:${ports['main']};
proxy_cache store;
location /api/ { api; }
${locations.map(([prefix, text]) => `location ${prefix} { proxy_pass http://origin; ${text} }`).join('\n')}
}`,
  })
  return new CacheStage(proxy, origin)
}

/** The header lines of X-Answer; `Status: 500`, `Body: text` and `Size: 100` among them are no fields. */
export function asAsked(request: Request, number: number): Answer {
  const headers: Record<string, string> = {}
  let status = 200
  let body = String(number)
  for (const line of (request.get('x-answer') ?? '').split('|')) {
    const [name = '', ...rest] = line.split(': ')
    const value = rest.join(': ')
    if (name === 'Status') status = Number(value)
    else if (name === 'Body') body = value
    else if (name === 'Size') body = 'x'.repeat(Number(value))
    else if (name !== '') headers[name] = value
  }
  return { status, headers, body }
}
