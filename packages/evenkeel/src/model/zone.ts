/**
 * A named piece of memory that all workers share and that outlives reloads: what limits, sticky sessions and caches
 * know about the clients and answers they have seen.
 */

/** What a zone is for; names of nginx's directives where there is one. */
export type ZoneKind = 'limit_req' | 'limit_conn' | 'sticky' | 'cache'

export interface ZoneModel {
  readonly kind: ZoneKind
  /** Unique among the zones of its kind. */
  readonly name: string
  /** Bytes, at least one record's. */
  readonly size: number
}

/** What makes two zones of two configurations the same one. Another size is another zone, which begins empty. */
export function zoneKey({ kind, name, size }: ZoneModel): string {
  return `${kind} ${name} ${size}`
}

/** 32-bit words that a record of a zone has for its user. */
export const zoneWords: Readonly<Record<ZoneKind, number>> = { limit_req: 4, limit_conn: 2, sticky: 10, cache: 16 }
