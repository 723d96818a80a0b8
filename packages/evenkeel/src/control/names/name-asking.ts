/**
 * The ways to ask what a name of an upstream stands for: the system, as other programs do; name servers (`resolve`);
 * and name servers for a service's hosts and ports (`service=`, SRV records of RFC 2782).
 */
import type { HostsFile } from '../../net/hosts-file.ts'
import type { DnsService } from '../../net/dns-message.ts'
import { ResolveError, type Families, type Resolver, type ResolveErrorCode } from '../../net/resolver.ts'

export interface NamedAddress {
  /** Numeric. */
  readonly host: string
  /** The SRV record that led here; left out: the name's own address. */
  readonly service?: DnsService
}

export type NameAnswer =
  | { readonly addresses: readonly NamedAddress[]; readonly ttlMs: number }
  /** `gone`: the name is known to stand for nothing, rather than that nobody could tell. */
  | { readonly error: string; readonly gone: boolean }

/** Calls `done` once. */
export type AskName = (done: (answer: NameAnswer) => void) => void

/** Numeric addresses of a name; empty, or a rejection, when it has none. */
export type Lookup = (name: string) => Promise<readonly string[]>

/** The system does not tell how long its answers hold. */
const SYSTEM_TTL_MS = 30_000
const HOSTS_TTL_MS = 5_000

/** What the system has no address for it may only not know now: never taken as gone. */
export function systemAsking(name: string, lookup: Lookup): AskName {
  const failed = (error: unknown): NameAnswer => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'no address'
    return { error: `host not found (${code})`, gone: false }
  }
  const ask = async (): Promise<NameAnswer> => {
    try {
      const hosts = await lookup(name)
      return hosts.length === 0 ? failed(null) : { addresses: hosts.map(host => ({ host })), ttlMs: SYSTEM_TTL_MS }
    } catch (error) {
      return failed(error)
    }
  }
  return done => {
    const told = async (): Promise<void> => done(await ask())
    void told()
  }
}

export function serverAsking(name: string, resolver: Resolver, families: Families, hosts: HostsFile): AskName {
  return done => askAddresses(name, resolver, families, hosts, done)
}

function askAddresses(
  name: string,
  resolver: Resolver,
  families: Families,
  hosts: HostsFile,
  done: (answer: NameAnswer) => void,
): void {
  const local = hosts.addresses(name).filter(host => (host.includes(':') ? families.ipv6 : families.ipv4))
  if (local.length > 0) return done({ addresses: local.map(host => ({ host })), ttlMs: HOSTS_TTL_MS })
  resolver.resolve(name, families, (result, ttlMs) => {
    done(result instanceof ResolveError ? errorOf(result) : { addresses: result.map(host => ({ host })), ttlMs })
  })
}

/** A target that cannot be asked for now keeps the addresses it had, as any name does. */
export function serviceAsking(
  name: string,
  service: string,
  resolver: Resolver,
  families: Families,
  hosts: HostsFile,
): AskName {
  const record = serviceName(service, name)
  let known = new Map<string, readonly NamedAddress[]>()
  return done => {
    resolver.resolveServices(record, (services, ttlMs) => {
      if (services instanceof ResolveError) return done(errorOf(services))
      // A single target that is the root says that there is no such service (RFC 2782).
      const targets = [...new Set(services.map(({ target }) => target))].filter(target => target !== '')
      if (targets.length === 0) return done({ error: describe('NODATA'), gone: true })
      const answers = new Map<string, NameAnswer>()
      for (const target of targets) {
        askAddresses(target, resolver, families, hosts, answer => {
          answers.set(target, answer)
          if (answers.size < targets.length) return
          const found = together(services, answers, known, ttlMs)
          if ('addresses' in found) known = byTarget(targets, found.addresses)
          done(found)
        })
      }
    })
  }
}

/** A service with dots in it names its record whole, else `http` means `_http._tcp` (nginx). */
export function serviceName(service: string, name: string): string {
  return service.includes('.') ? `${service}.${name}` : `_${service}._tcp.${name}`
}

function together(
  services: readonly DnsService[],
  answers: ReadonlyMap<string, NameAnswer>,
  known: ReadonlyMap<string, readonly NamedAddress[]>,
  ttlMs: number,
): NameAnswer {
  const addresses: NamedAddress[] = []
  let least = ttlMs
  let trouble: Extract<NameAnswer, { error: string }> | null = null
  for (const service of services) {
    const answer = answers.get(service.target)
    if (answer === undefined) continue
    let hosts: readonly NamedAddress[] = []
    if ('addresses' in answer) {
      hosts = answer.addresses
      least = Math.min(least, answer.ttlMs)
    } else {
      if (!answer.gone) hosts = known.get(service.target) ?? []
      if (trouble === null || trouble.gone) trouble = answer
    }
    for (const { host } of hosts) addresses.push({ host, service })
  }
  return addresses.length === 0 && trouble !== null ? trouble : { addresses, ttlMs: least }
}

function byTarget(targets: readonly string[], found: readonly NamedAddress[]): Map<string, readonly NamedAddress[]> {
  return new Map(
    targets.map(target => {
      const hosts = found.filter(({ service }) => service?.target === target).map(({ host }) => host)
      return [target, [...new Set(hosts)].map(host => ({ host }))]
    }),
  )
}

function errorOf({ code }: ResolveError): NameAnswer {
  return { error: describe(code), gone: code === 'NXDOMAIN' || code === 'NODATA' }
}

/** nginx's numbers and words: people and tools look for them. */
const words: Readonly<Record<ResolveErrorCode, string>> = {
  FORMERR: '1: Format error',
  SERVFAIL: '2: Server failure',
  NXDOMAIN: '3: Host not found',
  NODATA: '3: Host not found',
  REFUSED: '5: Operation refused',
  TIMEOUT: '110: Operation timed out',
}

function describe(code: ResolveErrorCode): string {
  return `could not be resolved (${words[code]})`
}
