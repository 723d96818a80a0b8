/** How TLS is spoken with origins. Paths are relative to the configuration's folder. */
import type { ContentModel, HttpModel, RewriteStep } from './model.ts'
import { grpcTlsAsProxy, grpcTlsDefaults, type GrpcTlsSettings } from './grpc-tls.ts'
import { originTlsDefaults, type OriginTlsSettings } from './settings/origin-tls-settings.ts'
import type { Template } from './template.ts'
import type { TlsSettings, TlsVersion } from './settings/tls-settings.ts'

/** The same, whichever directives said it: what whoever connects with TLS is compiled from. */
export interface TlsClientModel {
  readonly certificate: Template
  readonly certificateKey: Template
  readonly passwordFile: string | null
  readonly certificateCache: TlsSettings['sslCertificateCache']
  readonly protocols: readonly TlsVersion[]
  readonly ciphers: string
  readonly confCommand: TlsSettings['sslConfCommand']
  readonly crl: string | null
  readonly name: Template | null
  readonly serverName: boolean
  readonly sessionReuse: boolean
  readonly trustedCertificate: string | null
  readonly verify: boolean
  readonly verifyDepth: number
  /** Offered by ALPN, the best first. */
  readonly alpn: readonly string[]
}

export function proxyTls(settings: OriginTlsSettings, alpn: readonly string[] = []): TlsClientModel {
  return {
    certificate: settings.proxySslCertificate,
    certificateKey: settings.proxySslCertificateKey,
    passwordFile: settings.proxySslPasswordFile,
    certificateCache: settings.proxySslCertificateCache,
    protocols: settings.proxySslProtocols,
    ciphers: settings.proxySslCiphers,
    confCommand: settings.proxySslConfCommand,
    crl: settings.proxySslCrl,
    name: settings.proxySslName,
    serverName: settings.proxySslServerName,
    sessionReuse: settings.proxySslSessionReuse,
    trustedCertificate: settings.proxySslTrustedCertificate,
    verify: settings.proxySslVerify,
    verifyDepth: settings.proxySslVerifyDepth,
    alpn,
  }
}

/** Whether requests that this content forwards may go over TLS: with variables only they know. */
export function maySpeakTls(content: ContentModel | null): boolean {
  if (content?.kind !== 'proxy') return false
  const { pass } = content
  return pass.kind === 'fixed' ? pass.scheme === 'https' : !/^(?:http|grpc):/i.test(pass.written)
}

type Written = OriginTlsSettings & GrpcTlsSettings

interface Level {
  readonly settings: Partial<Written>
  readonly content: ContentModel | null
  readonly rewrite?: readonly RewriteStep[]
  readonly locations?: readonly (Level & { readonly exceptions: readonly Level[] })[]
  readonly exceptions?: readonly Level[]
}

export interface OriginTlsPlace {
  readonly settings: OriginTlsSettings
  /** What the names of its directives begin with; left out: proxy. */
  readonly prefix?: 'proxy' | 'grpc'
  /** In the model: `http.servers.0.locations.1`. */
  readonly path: string
}

/** Every place that forwards over TLS, with its settings resolved. Others are passed over: there may be thousands. */
export function originTlsPlaces(http: HttpModel): OriginTlsPlace[] {
  const found: OriginTlsPlace[] = []
  const outer = handDown({ ...originTlsDefaults, ...grpcTlsDefaults }, http.settings)
  for (const [index, server] of http.servers.entries()) visit(server, outer, null, `http.servers.${index}`, found)
  return found
}

function visit(
  level: Level,
  outer: Written,
  content: ContentModel | null,
  path: string,
  found: OriginTlsPlace[],
): void {
  const settings = handDown(outer, level.settings)
  const own = level.content ?? content
  if (own?.kind === 'proxy' && maySpeakTls(own)) {
    const grpc = own.protocol === 'grpc'
    found.push({ settings: grpc ? grpcTlsAsProxy(settings) : settings, prefix: grpc ? 'grpc' : 'proxy', path })
  }
  for (const [index, step] of (level.rewrite ?? []).entries()) {
    if (step.kind === 'if') visit({ ...step, rewrite: step.steps }, settings, own, `${path}.rewrite.${index}`, found)
  }
  for (const [index, exception] of (level.exceptions ?? []).entries()) {
    visit(exception, settings, own, `${path}.exceptions.${index}`, found)
  }
  for (const [index, location] of (level.locations ?? []).entries()) {
    visit(location, settings, null, `${path}.locations.${index}`, found)
  }
}

const names = [...Object.keys(originTlsDefaults), ...Object.keys(grpcTlsDefaults)] as (keyof Written)[]

/** Without all the other settings: places that want the same are found to want the same. */
function handDown(outer: Written, own: Partial<Written>): Written {
  const said = names.filter(name => own[name] !== undefined)
  return said.length === 0 ? outer : { ...outer, ...Object.fromEntries(said.map(name => [name, own[name]])) }
}
