/** Servers that share an address: who is the default, who answers for which name. */
import type { ModelProblem } from './check.ts'
import type { ListenAddress, ListenModel, ServerName } from '../model.ts'

interface Shared {
  /** A server that was the last to listen here: a server may listen on an address once. */
  last: number
  defaultServer: boolean
  /** Options of the socket were given: they belong to the address, so one server gives them. */
  options: boolean
  readonly names: Set<string>
}

/** Where a server without a listen is. (Not as root it is port 8000; which one does not matter to these checks.) */
const STANDARD: readonly Pick<ListenModel, 'address' | 'defaultServer'>[] = [
  { address: { host: '*', port: 80 }, defaultServer: false },
]

/** What of a server is looked at here. */
interface ListeningServer {
  readonly listens: readonly ListenModel[]
  readonly names: readonly ServerName[]
}

export function checkListens(
  http: { readonly servers: readonly ListeningServer[] },
  root: 'http' | 'stream' = 'http',
): ModelProblem[] {
  const problems: ModelProblem[] = []
  const addresses = new Map<string, Shared>()
  for (const [index, server] of http.servers.entries()) {
    const path = `${root}.servers.${index}`
    // Patterns are tried in order: two alike do not conflict.
    const fixed = server.names.filter(name => name.kind !== 'pattern')
    const names = server.names.length === 0 ? [''] : [...new Set(fixed.map(nameText))]
    const listens: readonly (ListenModel | ((typeof STANDARD)[number] & { readonly udp?: boolean }))[] =
      server.listens.length === 0 && root === 'http' ? STANDARD : server.listens
    for (const [at, listen] of listens.entries()) {
      const error = (message: string): unknown =>
        problems.push({ level: 'emerg', message, path: `${path}.listens.${at}` })
      const address = listenText(listen)
      let shared = addresses.get(address)
      if (shared === undefined) {
        addresses.set(address, (shared = { last: -1, defaultServer: false, options: false, names: new Set() }))
      }
      if (shared.last === index) {
        error(`a duplicate listen ${address}`)
        continue
      }
      shared.last = index
      const options = 'backlog' in listen && hasOptions(listen)
      if (options && shared.options) error(`duplicate listen options for ${address}`)
      shared.options ||= options
      if (listen.defaultServer && shared.defaultServer) error(`a duplicate default server for ${address}`)
      shared.defaultServer ||= listen.defaultServer
      for (const name of names) {
        if (shared.names.has(name)) {
          const message = `conflicting server name "${name}" on ${address}, ignored`
          problems.push({ level: 'warn', message, path })
        }
        shared.names.add(name)
      }
    }
  }
  return problems
}

function hasOptions(listen: ListenModel): boolean {
  return listen.backlog !== null || listen.ipv6Only !== null || listen.reusePort || listen.keepaliveProbe !== null
}

function nameText(name: Exclude<ServerName, { kind: 'pattern' }>): string {
  if (name.kind === 'exact') return name.text
  return name.kind === 'wildcard-start' ? `*.${name.text}` : `${name.text}.*`
}

/** The address of a listener; one of datagrams is another one than that of connections. */
export function listenText(listen: Pick<ListenModel, 'address' | 'udp'>): string {
  return addressText(listen.address) + (listen.udp === true ? ' udp' : '')
}

/** As nginx writes it. */
function addressText(address: ListenAddress): string {
  if ('path' in address) return `unix:${address.path}`
  const host = address.host === '*' ? '0.0.0.0' : address.host.includes(':') ? `[${address.host}]` : address.host
  return `${host}:${address.port}`
}
