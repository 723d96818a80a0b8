/** Certificates with their keys: named by settings, and as texts of their files. */
import { readFileSync } from 'node:fs'
import { literalText } from '../model/template.ts'
import type { TlsSettings } from '../model/tls-settings.ts'

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
  return pairs(names, fullPath, textOf)
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
  const pathOf = (name: string): string => (name === AUTO ? AUTO : fullPath(name))
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
