/** TLS: a listener that speaks it has certificates, each certificate a key, and who verifies clients knows by whom. */
import type { ModelProblem } from './check.ts'
import type { ListenAddress, ListenModel } from '../model.ts'
import { tlsDefaults, type TlsSettings } from '../settings/tls-settings.ts'

/** What http and stream have alike. */
interface Part {
  readonly settings: Partial<TlsSettings>
  readonly servers: readonly Listening[]
}

interface Listening {
  readonly settings: Partial<TlsSettings>
  readonly listens: readonly ListenModel[]
}

export function checkTls(http: Part, root: 'http' | 'stream' = 'http'): ModelProblem[] {
  const problems: ModelProblem[] = []
  // Only what servers end up with, not all their locations: there may be thousands.
  const servers = http.servers.map(model => ({
    model,
    settings: { ...tlsDefaults, ...http.settings, ...model.settings },
  }))
  for (const [index, server] of servers.entries()) checkServer(server, `${root}.servers.${index}`, problems)
  for (const [, group] of groupSecure(servers)) checkGroup(servers, group, root, problems)
  return problems
}

interface Ended {
  readonly model: Listening
  readonly settings: TlsSettings
}

function checkServer({ settings }: Ended, path: string, problems: ModelProblem[]): void {
  const { sslCertificate, sslCertificateKey, sslVerifyClient } = settings
  if (settings.sslOcsp !== 'off' && sslVerifyClient === 'optional_no_ca') {
    const message = '"ssl_ocsp" is incompatible with "ssl_verify_client optional_no_ca"'
    problems.push({ level: 'emerg', message, path: `${path}.settings.sslOcsp` })
  }
  if (sslCertificate.length === 0) return
  const keyless = sslCertificate.findLast((name, index) => sslCertificateKey[index] === undefined && name[0] !== 'auto')
  if (keyless !== undefined) {
    const name = keyless.map(part => (typeof part === 'string' ? part : '$' + Object.values(part).join(''))).join('')
    const message = `no "ssl_certificate_key" is defined for certificate "${name}"`
    problems.push({ level: 'emerg', message, path: `${path}.settings.sslCertificate` })
  }
  const known = settings.sslClientCertificate !== null || settings.sslTrustedCertificate !== null
  if ((sslVerifyClient === 'on' || sslVerifyClient === 'optional') && !known) {
    const message = 'no ssl_client_certificate or ssl_trusted_certificate for ssl_verify_client'
    problems.push({ level: 'emerg', message, path: `${path}.settings.sslVerifyClient` })
  }
}

interface Group {
  secure: boolean
  fallback: number
  explicit: boolean
  readonly servers: number[]
}

function groupSecure(servers: readonly Ended[]): Map<string, Group> {
  const groups = new Map<string, Group>()
  for (const [index, { model }] of servers.entries()) {
    for (const { address, ssl, defaultServer } of model.listens) {
      const key = addressText(address)
      let group = groups.get(key)
      if (group === undefined) {
        groups.set(key, (group = { secure: false, fallback: index, explicit: false, servers: [] }))
      }
      group.secure ||= ssl
      group.servers.push(index)
      if (defaultServer && !group.explicit) {
        group.fallback = index
        group.explicit = true
      }
    }
  }
  return new Map([...groups].filter(([, group]) => group.secure))
}

/** One without a certificate shows that of the default server; so that has to have one, or to refuse. */
function checkGroup(servers: readonly Ended[], group: Group, root: string, problems: ModelProblem[]): void {
  const has = (index: number): boolean => {
    const { sslCertificate, sslConfCommand } = servers[index]!.settings
    return sslCertificate.length > 0 || sslConfCommand.some(({ name }) => name === 'Certificate')
  }
  const rejects = (index: number): boolean => servers[index]!.settings.sslRejectHandshake
  if (has(group.fallback)) return
  const bare = rejects(group.fallback)
    ? group.servers.filter(index => !has(index) && !rejects(index))
    : [group.fallback]
  for (const index of bare) {
    problems.push({
      level: 'emerg',
      message: 'no "ssl_certificate" is defined for the "listen ... ssl" directive',
      path: `${root}.servers.${index}`,
      remedy:
        'name a certificate and its key, or "ssl_certificate auto;" to develop with one that is made at the start',
    })
  }
}

function addressText(address: ListenAddress): string {
  return 'path' in address ? address.path : `${address.host}:${address.port}`
}
