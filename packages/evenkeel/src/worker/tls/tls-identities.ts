/** Certificates with their keys: named by settings, and as texts of their files. */
import { readFileSync } from 'node:fs'
import { ACME } from '../../model/acme.ts'
import { literalText } from '../../model/template.ts'
import type { TlsSettings } from '../../model/settings/tls-settings.ts'

export interface TlsIdentity {
  /** For messages: the path as resolved, or `data:`. */
  readonly name: string
  readonly certificate: string
  readonly keyName: string
  readonly key: string
}

/** In the place of a certificate: one for development, made at the start. */
export const AUTO = 'auto'

/** The pairs a server names without variables. */
export function fixedIdentities(
  { settings, fullPath }: { readonly settings: TlsSettings; readonly fullPath: (path: string) => string },
  textOf: (path: string) => string | undefined,
): TlsIdentity[] {
  const names = settings.sslCertificate.flatMap((certificate, index) => {
    const name = literalText(certificate) ?? ''
    const key = settings.sslCertificateKey[index]
    return [name, key === undefined ? (name === AUTO ? AUTO : '') : (literalText(key) ?? '')]
  })
  return withoutMissing(pairs(names, fullPath, textOf))
}

/** What is still to be issued is left out; once there is something, the certificate for development has stood in long enough. */
function withoutMissing(identities: readonly TlsIdentity[]): TlsIdentity[] {
  const there = identities.filter(({ name, certificate }) => !name.startsWith(ACME) || certificate !== '')
  const issued = there.some(({ name }) => name.startsWith(ACME))
  return issued ? there.filter(({ name }) => name !== AUTO) : there
}

/** Of a name that is no path. */
export function isMade(name: string): boolean {
  return name === AUTO || name.startsWith(ACME)
}

/** The pairs of these names, as their files are now. */
export function readIdentities(names: readonly string[], fullPath: (path: string) => string): TlsIdentity[] {
  return pairs(names, fullPath, path => readFileSync(path, 'latin1'))
}

function pairs(
  names: readonly string[],
  fullPath: (path: string) => string,
  textOf: (path: string) => string | undefined,
): TlsIdentity[] {
  const pathOf = (name: string): string => (isMade(name) ? name : fullPath(name))
  const text = (name: string): string => (name.startsWith('data:') ? name.slice(5) : (textOf(pathOf(name)) ?? ''))
  return Array.from({ length: names.length / 2 }, (_, index) => {
    const name = names[2 * index]!
    const keyName = names[2 * index + 1]!
    return {
      name: name.startsWith('data:') ? 'data:…' : pathOf(name),
      certificate: text(name),
      keyName: keyName.startsWith('data:') ? 'data:…' : pathOf(keyName),
      key: text(keyName),
    }
  })
}
