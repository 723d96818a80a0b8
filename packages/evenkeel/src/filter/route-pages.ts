/**
 * The answers the loop gives by itself, by the settings of the route a request is in: built-in pages, the redirect that
 * adds a slash, the ending of its log lines.
 *
 * Routes are compiled functions and do not carry these settings, since only failing requests need them: whoever makes
 * a route registers it here.
 */
import type { Exchange } from '../exchange/exchange.ts'
import type { Reply } from '../exchange/outcome.ts'
import type { Route } from '../exchange/route.ts'
import type { Settings } from '../model/settings.ts'
import { escapePath } from '../route/uri-escape.ts'
import { BuiltinPages } from './builtin-pages.ts'
import { compileLocationField, redirectReply, type LocationOf } from './location-field.ts'
import { logSuffix } from './tell.ts'

type PageSettings = Pick<Settings, 'msiePadding' | 'absoluteRedirect' | 'portInRedirect' | 'serverNameInRedirect'>

export class RoutePages {
  /** By foot and padding: locations with the same share their pages. */
  readonly #pages = new Map<string, BuiltinPages>()
  readonly #routes = new WeakMap<Route, { readonly pages: BuiltinPages; readonly locationOf: LocationOf }>()
  readonly #token: string

  /** `token` is what the foot of a page says in a route that was not registered. */
  constructor(token: string) {
    this.#token = token
  }

  register(route: Route, settings: PageSettings, token: string): void {
    const pages = this.#pagesFor(token, settings.msiePadding)
    this.#routes.set(route, { pages, locationOf: compileLocationField(settings) })
  }

  /** The status stays the one inside (494 …): what the client is told is the loop's to say. */
  page(exchange: Exchange, reply: Reply): Reply {
    const pages = this.#routes.get(exchange.route)?.pages ?? this.#pagesFor(this.#token, true)
    return { ...pages.replyFor(exchange, reply.status, reply.fields), status: reply.status }
  }

  addSlash(exchange: Exchange): Reply {
    const args = exchange.args === '' ? '' : `?${exchange.args}`
    const location = `${escapePath(exchange.uri)}/${args}`
    const locationOf = this.#routes.get(exchange.route)?.locationOf
    return redirectReply(301, locationOf === undefined ? location : locationOf(exchange, location))
  }

  logSuffix(exchange: Exchange): string {
    return logSuffix(exchange)
  }

  #pagesFor(token: string, padding: boolean): BuiltinPages {
    const key = `${padding ? 1 : 0}${token}`
    let pages = this.#pages.get(key)
    if (pages === undefined) this.#pages.set(key, (pages = new BuiltinPages(token, padding)))
    return pages
  }
}
