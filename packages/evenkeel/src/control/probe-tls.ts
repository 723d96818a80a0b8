/** TLS of health checks: as the location that asks for them forwards, with the certificates that are in use now. */
import type { CheckTls } from '../health/prober.ts'
import { literalText } from '../model/template.ts'
import type { TlsMaterial } from '../model/settings/tls-settings.ts'
import { TlsClients } from '../worker/tls/tls-client.ts'

export function probeTls(confPrefix: string, materialNow: () => TlsMaterial | undefined): CheckTls {
  const folder = confPrefix.endsWith('/') ? confPrefix : confPrefix + '/'
  const fullPath = (path: string): string => (path.startsWith('/') ? path : folder + path)
  let made: TlsClients | null = null
  let material: TlsMaterial | undefined
  const clients = (): TlsClients => {
    const now = materialNow()
    if (made !== null && now === material) return made
    material = now
    made = new TlsClients({ material: now ?? noMaterial, fullPath, now: Date.now })
    return made
  }
  return (model, host) => {
    // There is no request that variables could be about.
    const name = model.name === null ? host : (literalText(model.name) ?? host)
    const varies = [model.certificate, model.certificateKey].some(file => literalText(file) === undefined)
    return () => {
      if (varies) return 'which client certificate to show depends on requests, and a health check is none'
      try {
        return clients().of(model).target(host, name)
      } catch (error) {
        return error instanceof Error ? error.message : String(error)
      }
    }
  }
}

const noMaterial: TlsMaterial = { files: {}, ticketKeys: new Uint8Array(48) }
