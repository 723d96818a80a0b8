/**
 * What keeps clients with the server they were given first. Every server has an id: what its line says, else the MD5 of
 * its address, as in nginx, so that a fleet may run both and the cookies of one are understood by the other.
 */
import { createHash } from 'node:crypto'
import type { Exchange } from '../exchange/exchange.ts'
import type { ResponseHead } from '../exchange/head.ts'
import type { ServerLine } from '../model/model.ts'
import type { StickyCookieModel } from '../model/sticky.ts'
import { safeFieldValue } from '../wire/http1/check.ts'

export interface Sticky {
  /** The id of the server that a request asks for; '' when it asks for none. */
  idOf(exchange: Exchange): string
  /** The answer of the server of that id goes to the client. */
  answered(exchange: Exchange, answer: ResponseHead, id: string): void
  /** It was served: whole, or until its client left. */
  served(exchange: Exchange, id: string): void
}

export type Text = (exchange: Exchange) => string

export function stickyIdOf({ route }: ServerLine, name: string): string {
  return route ?? createHash('md5').update(name).digest('hex')
}

/** The first text that is not empty. */
export function firstOf(texts: readonly Text[], exchange: Exchange): string {
  for (const text of texts) {
    const value = text(exchange)
    if (value !== '') return value
  }
  return ''
}

/** `sticky route`: the request says the id. */
export class StickyRoute implements Sticky {
  readonly #lookup: readonly Text[]

  constructor(lookup: readonly Text[]) {
    this.#lookup = lookup
  }

  idOf(exchange: Exchange): string {
    return firstOf(this.#lookup, exchange)
  }

  answered(): void {}

  served(): void {}
}

export interface CookieTexts {
  readonly lookup: readonly Text[]
  readonly domain: Text | null
  readonly sameSite: Text | null
}

/** `sticky cookie`: every answer says anew which server it was, since the one that was asked for may be gone. */
export class StickyCookie implements Sticky {
  readonly #model: StickyCookieModel
  readonly #texts: CookieTexts
  readonly #nowMs: () => number

  constructor(model: StickyCookieModel, texts: CookieTexts, nowMs: () => number) {
    this.#model = model
    this.#texts = texts
    this.#nowMs = nowMs
  }

  idOf(exchange: Exchange): string {
    return firstOf(this.#texts.lookup, exchange)
  }

  answered(exchange: Exchange, { fields }: ResponseHead, id: string): void {
    const cookie = this.#cookie(exchange, id)
    // What a variable made of it could end the line.
    if (safeFieldValue(cookie) !== null) fields.before = [...fields.before, 'Set-Cookie', cookie]
  }

  served(): void {}

  #cookie(exchange: Exchange, id: string): string {
    const { name, expires, httpOnly, secure, path } = this.#model
    let cookie = `${name}=${id}`
    if (expires === 'max') cookie += '; expires=Thu, 31-Dec-37 23:55:55 GMT; max-age=315360000'
    else if (expires !== null) cookie += `; expires=${cookieDate(this.#nowMs() + expires * 1000)}; max-age=${expires}`
    const domain = this.#texts.domain?.(exchange) ?? ''
    if (domain !== '') cookie += `; domain=${domain}`
    if (httpOnly) cookie += '; httponly'
    if (secure) cookie += '; secure'
    const sameSite = this.#texts.sameSite?.(exchange) ?? ''
    // The strictest for what no client would understand.
    if (sameSite !== '') cookie += `; samesite=${/^(?:strict|lax|none)$/i.test(sameSite) ? sameSite : 'strict'}`
    return path === null ? cookie : `${cookie}; path=${path}`
  }
}

/** Cookies came before the date of HTTP, and old clients read only their own form of it. */
export function cookieDate(ms: number): string {
  const [day = '', date, month, year = '', time] = new Date(ms).toUTCString().split(' ')
  return `${day} ${date}-${month}-${Number(year) > 2037 ? year : year.slice(2)} ${time} GMT`
}
