/**
 * `dashboard`: one page, whole, from memory. It asks the API of the same server for everything else, from the browser,
 * so that nothing here depends on what it shows.
 *
 * The policy lets run what was built and nothing else: by the hashes of its script and style. A name of a server that
 * found its way into the page as markup could still do nothing.
 */
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { Fields } from '../../exchange/fields.ts'
import type { Action } from '../../exchange/route.ts'
import type { Settings } from '../../model/settings.ts'
import { chooseCoding } from '../coding/accept-encoding.ts'
import { checkPreconditions } from '../ranges/conditional.ts'
import { dashboardPage } from './dashboard-page.ts'

/** `api` is the path where the page asks. */
export function compileDashboard(api: string, settings: Pick<Settings, 'ifModifiedSince'>): Action {
  const page = Buffer.from(dashboardPage.replace('{{api}}', api))
  const policy = policyOf(dashboardPage)
  const tag = createHash('sha256').update(page).digest('base64url').slice(0, 22)
  const plain = { body: page, etag: `"${tag}"`, coded: false }
  const zipped = { body: gzipSync(page, { level: 9 }), etag: `"${tag}-gzip"`, coded: true }

  return exchange => {
    if (exchange.method !== 'GET' && exchange.method !== 'HEAD') return { kind: 'reply', status: 405 }
    const asked = exchange.request.fields
    const { body, etag, coded } = chooseCoding(asked.get('Accept-Encoding'), codings) === 0 ? zipped : plain
    const status = checkPreconditions(asked, { lastModified: NaN, etag }, settings.ifModifiedSince)
    if (status === 412) return { kind: 'reply', status }
    const fields = new Fields()
    fields.before.push('ETag', etag, 'Cache-Control', 'no-cache', 'Vary', 'Accept-Encoding')
    if (status === 304) return { kind: 'reply', status, body: '', type: null, fields }
    if (coded) fields.before.push('Content-Encoding', 'gzip')
    fields.before.push('Content-Security-Policy', policy, ...protections)
    return { kind: 'reply', status, body, type: 'text/html; charset=utf-8', fields }
  }
}

const codings = ['gzip']

const protections = [
  'X-Content-Type-Options',
  'nosniff',
  'X-Frame-Options',
  'DENY',
  'Referrer-Policy',
  'no-referrer',
  'Cross-Origin-Opener-Policy',
  'same-origin',
]

function policyOf(page: string): string {
  const hashOf = (element: string): string => {
    const text = new RegExp(`<${element}[^>]*>([^]*?)</${element}>`).exec(page)?.[1] ?? ''
    return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
  }
  return [
    `default-src 'none'`,
    `script-src ${hashOf('script')}`,
    `style-src ${hashOf('style')}`,
    `connect-src 'self'`,
    `img-src data:`,
    `base-uri 'none'`,
    `form-action 'none'`,
    `frame-ancestors 'none'`,
  ].join('; ')
}
