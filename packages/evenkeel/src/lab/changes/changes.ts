/** What would be different if one configuration took the place of another: only what somebody would notice. */
import type { Model, ServerLine, UpstreamModel } from '../../model/model.ts'
import { resolveServers, type ResolvedLocation } from '../../model/resolve.ts'
import { allUpstreams } from '../../model/stream/stream.ts'
import { addressText } from '../../net/listen.ts'
import { matchText, nameText, routeChanges, type RouteChange } from './routes.ts'

export interface Changes {
  readonly listeners: { readonly added: readonly string[]; readonly removed: readonly string[] }
  readonly routes: readonly RouteChange[]
  readonly upstreams: readonly UpstreamChange[]
  readonly settings: readonly SettingChange[]
}

export interface UpstreamChange {
  readonly upstream: string
  readonly change: 'added' | 'removed' | 'changed'
  readonly servers: readonly ServerChange[]
  readonly settings: readonly SettingChange[]
}

export interface ServerChange {
  readonly server: string
  readonly change: 'added' | 'removed' | 'drained' | 'down' | 'back' | 'changed'
  /** `weight 1 -> 2` */
  readonly details: readonly string[]
}

export interface SettingChange {
  /** `process`, `server a.example.org`, `server a.example.org location /x`. */
  readonly place: string
  readonly name: string
  readonly before: unknown
  readonly after: unknown
}

export function changesOf(before: Model, after: Model): Changes {
  const [old, fresh] = [listenersOf(before), listenersOf(after)]
  return {
    listeners: {
      added: [...fresh].filter(one => !old.has(one)),
      removed: [...old].filter(one => !fresh.has(one)),
    },
    routes: routeChanges(before.http, after.http),
    upstreams: upstreamChanges(before, after),
    settings: [
      ...differences('process', before.process, after.process),
      ...differences('http', { ...before.http, ...NOT_HTTP }, { ...after.http, ...NOT_HTTP }),
      ...placed(before, after),
      ...differences('stream', { servers: before.stream?.servers }, { servers: after.stream?.servers }),
    ],
  }
}

export function isNothing({ listeners, routes, upstreams, settings }: Changes): boolean {
  return [listeners.added, listeners.removed, routes, upstreams, settings].every(list => list.length === 0)
}

/** Told elsewhere, or where they take effect. */
const NOT_HTTP = { settings: undefined, servers: undefined, upstreams: undefined }

function listenersOf({ http, stream }: Model): Set<string> {
  const listens = [...(http?.servers ?? []), ...(stream?.servers ?? [])].flatMap(server => server.listens)
  return new Set(
    listens.map(({ address, udp, ssl }) => addressText(address) + (udp === true ? ' udp' : ssl ? ' ssl' : '')),
  )
}

function upstreamChanges(before: Model, after: Model): UpstreamChange[] {
  const old = named(before)
  const fresh = named(after)
  return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((upstream): UpstreamChange[] => {
    const [was, is] = [old.get(upstream), fresh.get(upstream)]
    const servers = serverChanges(was?.servers ?? [], is?.servers ?? [])
    if (was === undefined) return [{ upstream, change: 'added', servers, settings: [] }]
    if (is === undefined) return [{ upstream, change: 'removed', servers, settings: [] }]
    const rest = { servers: undefined }
    const settings = differences(`upstream ${upstream}`, { ...was, ...rest }, { ...is, ...rest })
    return servers.length + settings.length === 0 ? [] : [{ upstream, change: 'changed', servers, settings }]
  })
}

/** Those made for a proxy_pass to an address are told by their routes. */
function named(model: Model): Map<string, UpstreamModel> {
  const upstreams = allUpstreams(model)?.upstreams ?? []
  return new Map(upstreams.filter(({ implicit }) => !implicit).map(upstream => [upstream.name, upstream]))
}

function serverChanges(before: readonly ServerLine[], after: readonly ServerLine[]): ServerChange[] {
  const old = byText(before)
  const fresh = byText(after)
  return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((server): ServerChange[] => {
    const [was, is] = [old.get(server), fresh.get(server)]
    if (was === undefined) return [{ server, change: 'added', details: [] }]
    if (is === undefined) return [{ server, change: 'removed', details: [] }]
    const details = differences('', { ...was, id: undefined }, { ...is, id: undefined })
    if (details.length === 0) return []
    const texts = details.map(one => `${one.name} ${shown(one.before)} -> ${shown(one.after)}`)
    return [{ server, change: howChanged(was, is), details: texts }]
  })
}

function howChanged(was: ServerLine, is: ServerLine): ServerChange['change'] {
  if (is.drain === true && was.drain !== true) return 'drained'
  if (is.down && !was.down) return 'down'
  return (was.down && !is.down) || (was.drain === true && is.drain !== true) ? 'back' : 'changed'
}

/** An address may stand twice. */
function byText(servers: readonly ServerLine[]): Map<string, ServerLine> {
  const found = new Map<string, ServerLine>()
  for (const line of servers) {
    let name = line.text
    for (let ordinal = 2; found.has(name); ordinal++) name = `${line.text} (${ordinal})`
    found.set(name, line)
  }
  return found
}

/** Settings of servers and locations that both have. */
function placed(before: Model, after: Model): SettingChange[] {
  const old = placesOf(before)
  return [...placesOf(after)].flatMap(([place, settings]) => {
    const was = old.get(place)
    return was === undefined ? [] : differences(place, was, settings)
  })
}

function placesOf({ http }: Model): Map<string, object> {
  const places = new Map<string, object>()
  if (http === null) return places
  const add = (place: string, locations: readonly ResolvedLocation[]): void => {
    for (const { match, settings, rewrite, internal, locations: inner } of locations) {
      const name = `${place} location ${matchText(match)}`
      places.set(name, { ...settings, rewrite, internal })
      add(name, inner)
    }
  }
  for (const server of resolveServers(http)) {
    const [first] = server.model.names
    const [listen] = server.model.listens
    const address = listen === undefined ? '' : addressText(listen.address)
    const place = `server ${first === undefined ? address : nameText(first)}`
    if (places.has(place)) continue
    places.set(place, { ...server.settings, rewrite: server.rewrite })
    add(place, server.locations)
  }
  return places
}

function differences(place: string, before: object, after: object): SettingChange[] {
  const old = before as Readonly<Record<string, unknown>>
  const fresh = after as Readonly<Record<string, unknown>>
  return [...new Set([...Object.keys(old), ...Object.keys(fresh)])].flatMap(name => {
    const same = JSON.stringify(old[name]) === JSON.stringify(fresh[name])
    return same ? [] : [{ place, name: directiveName(name), before: old[name], after: fresh[name] }]
  })
}

/** `proxyReadTimeout` is what `proxy_read_timeout` says. */
function directiveName(name: string): string {
  return name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
}

/** A value for people: short, or said to be long. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return 'none'
  const named = (value as { name?: unknown }).name
  const text = typeof value === 'string' ? value : typeof named === 'string' ? named : JSON.stringify(value)
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text
}

const LONGEST = 60
