/**
 * Which paths would be answered by somebody else. Each server name at each address is asked for every path that either
 * configuration names, with the search that runs in traffic; patterns are compared as they are written.
 */
import type { ContentModel, HttpModel, LocationMatch, ServerName } from '../../model/model.ts'
import type { Template, TemplatePart } from '../../model/template.ts'
import { resolveServers, type ResolvedLocation, type ResolvedServer } from '../../model/resolve.ts'
import { LocationTree, type LocationEntry } from '../../route/location-choice.ts'
import type { VariableTable } from '../../route/variables/variable-table.ts'
import { addressText } from '../../net/listen.ts'

export interface RouteChange {
  /** `0.0.0.0:80` */
  readonly address: string
  /** '' for whoever names no server, or one that nobody is. */
  readonly host: string
  readonly path: string
  /** Who answers; null: nobody is there. */
  readonly before: string | null
  readonly after: string | null
}

/** Virtual servers by address and name; '' is the default one of the address. */
type Faces = ReadonlyMap<string, Face>

interface Face {
  readonly address: string
  readonly host: string
  readonly server: ResolvedServer
  readonly paths: ReadonlySet<string>
  readonly find: (path: string) => string | null
}

export function routeChanges(before: HttpModel | null, after: HttpModel | null): RouteChange[] {
  const old = facesOf(before)
  const fresh = facesOf(after)
  const changes: RouteChange[] = []
  for (const key of new Set([...old.keys(), ...fresh.keys()])) {
    const one = old.get(key)
    const other = fresh.get(key)
    const { address, host } = (one ?? other)!
    for (const path of [...new Set([...(one?.paths ?? []), ...(other?.paths ?? [])])].toSorted()) {
      const [was, is] = [one?.find(path) ?? null, other?.find(path) ?? null]
      if (was !== is) changes.push({ address, host, path, before: was, after: is })
    }
  }
  // What is so for every name of an address is said once.
  const defaults = new Set(changes.filter(({ host }) => host === '').map(said))
  return changes.filter(change => change.host === '' || !defaults.has(said(change)))
}

function said({ address, path, before, after }: RouteChange): string {
  return JSON.stringify([address, path, before, after])
}

function facesOf(http: HttpModel | null): Faces {
  const faces = new Map<string, Face>()
  if (http === null) return faces
  for (const server of resolveServers(http)) {
    const tree = new LocationTree(server.locations.map(entryOf), noVariables)
    const patterns = new Map(patternsOf(server.locations))
    const find = (path: string): string | null => {
      if (path.startsWith('~')) return patterns.get(path) ?? null
      return (
        tree.find({ uri: path, captures: null, values: [] } as never)?.value ??
        ownerText({ ...server, content: server.model.content })
      )
    }
    const paths = new Set(['/', ...pathsOf(server.locations), ...patterns.keys()])
    for (const { address, defaultServer } of server.model.listens) {
      const text = addressText(address)
      for (const name of server.model.names) {
        const host = nameText(name)
        const key = `${text} ${host}`
        if (!faces.has(key)) faces.set(key, { address: text, host, server, paths, find })
      }
      const face = { address: text, host: '', server, paths, find }
      if (defaultServer || !faces.has(`${text} `)) faces.set(`${text} `, face)
    }
  }
  return faces
}

function entryOf(location: ResolvedLocation): LocationEntry<string> {
  const { match, content, locations } = location
  return {
    match,
    value: ownerText(location),
    autoRedirect: content?.kind === 'proxy',
    locations: locations.map(entryOf),
  }
}

function pathsOf(locations: readonly ResolvedLocation[]): string[] {
  return locations.flatMap(({ match, locations: inner }) => {
    const own = match.kind === 'pattern' || match.kind === 'named' ? [] : [match.text]
    return [...own, ...pathsOf(inner)]
  })
}

function patternsOf(locations: readonly ResolvedLocation[]): [string, string][] {
  return locations.flatMap(location => {
    const { match, locations: inner } = location
    const own: [string, string][] = match.kind === 'pattern' ? [[matchText(match), ownerText(location)]] : []
    return [...own, ...patternsOf(inner)]
  })
}

/** As it is written: `= /x`, `^~ /x`, `~ \.php$`. */
export function matchText(match: LocationMatch): string {
  if (match.kind === 'pattern') return `~ ${match.pattern.written}`
  return match.kind === 'exact' ? `= ${match.text}` : match.kind === 'prefix-final' ? `^~ ${match.text}` : match.text
}

function ownerText({ content, rewrite, settings }: Pick<ResolvedLocation, 'content' | 'rewrite' | 'settings'>): string {
  const ending = rewrite.find(step => step.kind === 'return')
  if (ending !== undefined)
    return `return ${ending.status} ${ending.text === null ? '' : templateText(ending.text)}`.trim()
  return content === null ? `files below ${templateText(settings.root)}` : contentText(content)
}

function contentText(content: ContentModel): string {
  if (content.kind !== 'proxy' && content.kind !== 'tunnel') return content.kind
  const name = content.kind === 'tunnel' ? 'tunnel_pass' : content.protocol === 'grpc' ? 'grpc_pass' : 'proxy_pass'
  return `${name} ${content.pass.written}`
}

function templateText(template: Template): string {
  const part = (one: TemplatePart): string =>
    typeof one === 'string' ? one : 'variable' in one ? `$${one.variable}` : `$${one.capture}`
  return template.map(part).join('')
}

export function nameText(name: ServerName): string {
  if (name.kind === 'pattern') return `~${name.pattern.written}`
  return name.kind === 'wildcard-start' ? `*.${name.text}` : name.kind === 'wildcard-end' ? `${name.text}.*` : name.text
}

/** Groups of patterns are nobody's here. */
const noVariables = { indexOf: () => 0, write() {} } as unknown as VariableTable
