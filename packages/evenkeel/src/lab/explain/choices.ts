/**
 * Why a server or a location gets a request and the others do not. Who wins is asked of the tables that traffic is
 * routed by; whether a loser would have matched by itself is asked of the same tables with nobody else in them.
 */
import type { LocationMatch, ServerName } from '../../model/model.ts'
import type { ResolvedLocation, ResolvedServer } from '../../model/resolve.ts'
import type { Settings } from '../../model/settings.ts'
import { LocationTree, type LocationEntry } from '../../route/location-choice.ts'
import { ServerTable, writeName } from '../../route/server-choice.ts'
import type { VariableTable } from '../../route/variables/variable-table.ts'
import type { Candidate, Place } from './story.ts'

type Table = VariableTable

/** `place` by the index of a server in the http block. */
export function explainServers(
  servers: readonly ResolvedServer[],
  fallback: ResolvedServer,
  host: string,
  table: Table,
  place: (server: ResolvedServer) => Place | null,
): { readonly winner: ResolvedServer; readonly candidates: readonly Candidate[] } {
  const winner = new ServerTable(
    servers.map(server => ({ names: server.model.names, value: server })),
    fallback,
    table,
  ).find(host, null)
  const best = winner.model.names.find(name => takesHost(name, host, table))
  const candidates = servers.map(server => {
    const own = server.model.names.find(name => takesHost(name, host, table))
    const name = server.model.names.map(writeName).join(' ') || '(no name)'
    const wins = server === winner
    return { name, place: place(server), wins, depth: 0, why: wins ? winning(best, host) : losing(own, best, host) }
  })
  return { winner, candidates }
}

function takesHost(name: ServerName, host: string, table: Table): boolean {
  return new ServerTable<boolean>([{ names: [name], value: true }], false, table).find(host, null)
}

function winning(name: ServerName | undefined, host: string): string {
  if (name === undefined) return host === '' ? 'the request names no host' : `nobody has the name ${host}: the default`
  return `${nameKind(name)} ${writeName(name)}`
}

function losing(own: ServerName | undefined, best: ServerName | undefined, host: string): string {
  if (own === undefined) return host === '' ? 'not the default' : `has no name that takes ${host}`
  if (best === undefined) return 'an earlier server has the same name'
  if (best.kind !== own.kind) return `${writeName(own)} matches, but ${nameKind(best)} goes before ${nameKind(own)}`
  if (own.kind === 'pattern') return `${writeName(own)} matches, but stands behind another pattern that does`
  if (own.kind !== 'exact' && writeName(own) !== writeName(best)) return `${writeName(own)} matches, but is shorter`
  return 'an earlier server has the same name'
}

function nameKind({ kind }: ServerName): string {
  const kinds = {
    exact: 'an exact name',
    'wildcard-start': 'a mask at the start',
    'wildcard-end': 'a mask at the end',
    pattern: 'a pattern',
  }
  return kinds[kind]
}

/** `winner`: the settings of the location that was found; null: none was, the server answers itself. */
export function explainLocations(
  locations: readonly ResolvedLocation[],
  uri: string,
  winner: Settings | null,
  table: Table,
  place: (path: readonly number[]) => Place | null,
): Candidate[] {
  const path = pathTo(locations, winner)
  return level(locations, [], path)

  function level(list: readonly ResolvedLocation[], above: readonly number[], won: readonly number[]): Candidate[] {
    const [taken = -1, ...inside] = won
    const best = list[taken]
    return list.flatMap((location, index): Candidate[] => {
      if (location.match.kind === 'named') return []
      const here = [...above, index]
      const wins = index === taken
      const takes = takesPath(location, uri, table)
      const own: Candidate = {
        name: matchText(location.match),
        place: place(here),
        wins: wins && inside.length === 0,
        why: wins ? foundWhy(location.match, inside.length > 0) : lostWhy(location.match, takes, best?.match),
        depth: above.length,
      }
      // What is inside of a location that does not match is never looked at.
      return takes || wins ? [own, ...level(location.locations, here, wins ? inside : [])] : [own]
    })
  }
}

function pathTo(locations: readonly ResolvedLocation[], settings: Settings | null): number[] {
  for (const [index, location] of locations.entries()) {
    if (location.settings === settings) return [index]
    const inside = pathTo(location.locations, settings)
    if (inside.length > 0) return [index, ...inside]
  }
  return []
}

function takesPath(location: ResolvedLocation, uri: string, table: Table): boolean {
  const entry: LocationEntry<true> = {
    match: location.match,
    value: true,
    autoRedirect: location.content?.kind === 'proxy',
    locations: [],
  }
  return new LocationTree([entry], table).find({ uri, captures: null, values: null }) !== undefined
}

function foundWhy(match: LocationMatch, further: boolean): string {
  if (further) return 'matches, and a location inside it does'
  switch (match.kind) {
    case 'exact':
      return 'is the path itself'
    case 'prefix':
      return 'the longest prefix, and no pattern matches'
    case 'prefix-final':
      return 'the longest prefix, and ^~ keeps patterns from being tried'
    case 'pattern':
      return 'the first pattern that matches'
    case 'named':
      return 'was named'
  }
}

function lostWhy(own: LocationMatch, takes: boolean, best: LocationMatch | undefined): string {
  if (!takes) return 'does not match'
  if (best === undefined) return 'matches, but is not reached'
  if (best.kind === 'exact') return `matches, but ${matchText(best)} is the path itself`
  if (own.kind === 'pattern') {
    return best.kind === 'pattern'
      ? `matches, but stands behind ${matchText(best)}`
      : `matches, but ${matchText(best)} keeps patterns from being tried`
  }
  if (best.kind === 'pattern') return `matches, but the pattern ${matchText(best)} goes before prefixes`
  return `matches, but ${matchText(best)} is longer`
}

export function matchText(match: LocationMatch): string {
  switch (match.kind) {
    case 'exact':
      return `= ${match.text}`
    case 'prefix-final':
      return `^~ ${match.text}`
    case 'pattern':
      return `~${match.pattern.caseless ? '*' : ''} ${match.pattern.written}`
    case 'named':
      return match.text.startsWith('@') ? match.text : `@${match.text}`
    case 'prefix':
      return match.text
  }
}
