/**
 * How keys of a typed configuration and names of directives correspond: `proxyPass` is `proxy_pass`, `servers` are several
 * `server` blocks.
 */

export function directiveName(key: string): string {
  return plurals.get(key) ?? key.replace(/[A-Z]/g, letter => '_' + letter.toLowerCase())
}

export function keyName(directive: string): string {
  return directive.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

/** Blocks that are written many times have a plural of their own. */
const plurals: ReadonlyMap<string, string> = new Map([
  ['servers', 'server'],
  ['upstreams', 'upstream'],
  ['locations', 'location'],
  ['maps', 'map'],
  ['matches', 'match'],
])

/** Keys for several of them, by directive. */
export const pluralOf: ReadonlyMap<string, string> = new Map([...plurals].map(([key, name]) => [name, key]))

/** What stands in a block; of others (`map`, `types`) the inside is not directives. */
export function innerContext(directive: string, outer: string): string | null {
  if (directive === 'if') return outer.includes('location') ? 'if in location' : 'if in server'
  return contexts.has(directive) ? directive : null
}

const contexts: ReadonlySet<string> = new Set(['http', 'events', 'server', 'location', 'upstream', 'limit_except'])

/** Directives of which a list is several, each with its words; of all others a list is the words of one. */
export const repeated: ReadonlySet<string> = new Set([
  'access_log',
  'allow',
  'deny',
  'error_log',
  'error_page',
  'include',
  'listen',
  'proxy_cookie_domain',
  'proxy_cookie_flags',
  'proxy_cookie_path',
  'proxy_hide_header',
  'proxy_pass_header',
  'proxy_redirect',
  'rewrite',
  'server',
  'set_real_ip_from',
  'step',
  'response_step',
])
