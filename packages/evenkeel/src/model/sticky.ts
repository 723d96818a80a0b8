/** How clients stay with the server they were given first. */
import type { Template } from './template.ts'

export type StickyModel = StickyCookieModel | StickyRouteModel | StickyLearnModel

/** The client keeps the server's id in a cookie of ours. */
export interface StickyCookieModel {
  readonly kind: 'cookie'
  readonly name: string
  /** Seconds; null: as long as the client likes. */
  readonly expires: number | 'max' | null
  readonly domain: Template | null
  readonly path: string | null
  readonly httpOnly: boolean
  readonly secure: boolean
  readonly sameSite: Template | null
  /** The cookie itself, as a variable. */
  readonly lookup: readonly Template[]
}

/** The request says the id: the first of these that is not empty. */
export interface StickyRouteModel {
  readonly kind: 'route'
  readonly lookup: readonly Template[]
}

/** Sessions of the servers' own making are remembered in a zone with the server that made them. */
export interface StickyLearnModel {
  readonly kind: 'learn'
  /** What tells a session that begins. */
  readonly create: readonly Template[]
  /** What tells one that goes on. */
  readonly lookup: readonly Template[]
  /** Name of the zone of kind `sticky`. */
  readonly zone: string
  /** How long one that is not used is remembered. */
  readonly timeoutMs: number
  /** Learned when the answer begins rather than when it has ended well. */
  readonly atHeader: boolean
}
