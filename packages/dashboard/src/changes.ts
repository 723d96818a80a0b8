/** What somebody may do to a server, what that means for the others, and how the API is told. */
import type { Peer, Upstream } from './snapshot.ts'

export type Mode = 'up' | 'drain' | 'down'

export interface Wish {
  readonly mode: Mode
  readonly weight: number
}

export const MOST_WEIGHT = 65_535

/** As it is told now: what failures or checks make of a server is not anybody's wish. */
export function wishOf({ state, weight }: Pick<Peer, 'state' | 'weight'>): Wish {
  return { mode: state === 'down' ? 'down' : state === 'draining' ? 'drain' : 'up', weight }
}

/** The body of a PATCH with only what changes; null: nothing does. */
export function patchFor(before: Wish, wish: Wish): Readonly<Record<string, unknown>> | null {
  const patch: Record<string, unknown> = {}
  // Both are told: a server that was draining when it was taken down would drain again when it comes back.
  if (wish.mode !== before.mode) Object.assign(patch, { down: wish.mode === 'down', drain: wish.mode === 'drain' })
  if (wish.weight !== before.weight) patch['weight'] = wish.weight
  return Object.keys(patch).length === 0 ? null : patch
}

export function readWeight(text: string): number | null {
  const weight = /^\d{1,5}$/.test(text.trim()) ? Number(text) : 0
  return weight >= 1 && weight <= MOST_WEIGHT ? weight : null
}

export interface Consequence {
  readonly text: string
  /** No server would be left for new requests. */
  readonly grave: boolean
}

/** What becomes of requests. */
export function consequenceOf(upstream: Upstream, peer: Peer, wish: Wish): Consequence {
  const before = wishOf(peer)
  if (patchFor(before, wish) === null) return { text: 'Nothing changes yet.', grave: false }
  const things = upstream.kind === 'http' ? 'requests' : 'connections'
  if (wish.mode === 'up') {
    const text = before.mode === 'up' ? `New ${things} are shared by the new weights.` : `It gets new ${things} again.`
    return { text, grave: false }
  }
  const able = upstream.peers.filter(other => other !== peer && other.state === 'up')
  const regular = able.filter(({ backup }) => !backup)
  // Backups are asked where nobody else is left.
  const others = regular.length > 0 && !peer.backup ? regular : able
  const where =
    others.length === 0
      ? `No other server of ${upstream.name} is up: new ${things} will fail.`
      : `New ${things} go to ${others.length === 1 ? 'the other server' : `the other ${others.length} servers`}.`
  const flight =
    peer.active === 0
      ? 'Nothing is in flight there.'
      : `${peer.active} in flight there ${peer.active === 1 ? 'finishes' : 'finish'}.`
  const bound = wish.mode === 'drain' ? ` Clients bound to it by a sticky session stay.` : ''
  return { text: `${where} ${flight}${bound}`, grave: others.length === 0 && before.mode === 'up' }
}
