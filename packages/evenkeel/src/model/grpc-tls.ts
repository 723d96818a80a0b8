/** How TLS is spoken with gRPC servers: the settings of TLS with origins once more, under names of their own. */
import { originTlsDefaults, type OriginTlsSettings } from './settings/origin-tls-settings.ts'

export type GrpcTlsSettings = {
  [K in keyof OriginTlsSettings as K extends `proxySsl${infer Rest}` ? `grpcSsl${Rest}` : never]: OriginTlsSettings[K]
}

const names = Object.keys(originTlsDefaults) as (keyof OriginTlsSettings)[]

export const grpcTlsDefaults: GrpcTlsSettings = Object.fromEntries(
  names.map(name => [ofGrpc(name), originTlsDefaults[name]]),
) as GrpcTlsSettings

/** The same as settings of proxy_ssl_*. */
export function grpcTlsAsProxy(settings: GrpcTlsSettings): OriginTlsSettings {
  return Object.fromEntries(names.map(name => [name, settings[ofGrpc(name)]])) as unknown as OriginTlsSettings
}

function ofGrpc(name: keyof OriginTlsSettings): keyof GrpcTlsSettings {
  return name.replace('proxySsl', 'grpcSsl') as keyof GrpcTlsSettings
}
