/** Arguments that TLS with clients and TLS with origins have alike. */
import type { Template } from '../../../model/template.ts'
import type { TlsVersion } from '../../../model/settings/tls-settings.ts'
import type { Statement } from '../parser.ts'
import type { Place } from '../place.ts'
import { once } from '../table.ts'
import { readNumber, readSeconds } from '../values.ts'

/** The name of a certificate or key; null, with the problem told, when it can't be used. */
export function readIdentityName(place: Place, statement: Statement): Template | null {
  const written = statement.words[1] ?? ''
  if (!/^(?:engine|store):/.test(written)) return place.template(statement, 1)
  place.fail(statement, 1, `cannot load "${written}": keys in engines and stores can't be used`, 'name a PEM file')
  return null
}

const OLD = new Set(['sslv2', 'sslv3'])

export function readProtocols(
  place: Place,
  statement: Statement,
  key: 'sslProtocols' | 'proxySslProtocols' | 'grpcSslProtocols',
): void {
  const versions: readonly TlsVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']
  for (const [index, word] of statement.words.slice(1).entries()) {
    const value = versions.find(one => one.toLowerCase() === word.toLowerCase())
    if (value !== undefined) {
      if (place.settings[key]?.includes(value) !== true) place.append(statement, key, value)
    } else if (OLD.has(word.toLowerCase())) {
      place.warn(statement, index + 1, `"${word}" is broken and not spoken any more, it is left out`)
    } else {
      return place.fail(statement, index + 1, `invalid value "${word}"`, `it may be ${versions.join(', ')}`)
    }
  }
}

export function readCertificateCache(
  place: Place,
  statement: Statement,
  key: 'sslCertificateCache' | 'proxySslCertificateCache' | 'grpcSslCertificateCache',
): void {
  if (!once(place, statement, key)) return
  let max = 0
  let inactiveMs = 10_000
  let validMs = 60_000
  for (const [index, word] of statement.words.slice(1).entries()) {
    if (word === 'off') return place.put(statement, key, null)
    const [, name = '', value = ''] = /^(max|inactive|valid)=(.*)$/.exec(word) ?? []
    const read = name === 'max' ? readNumber(value) : name === '' ? null : readSeconds(value)
    if (read === null || (name === 'max' && read === 0)) {
      return place.fail(statement, index + 1, `invalid parameter "${word}"`)
    }
    if (name === 'max') max = read
    else if (name === 'inactive') inactiveMs = read * 1000
    else validMs = read * 1000
  }
  if (max === 0) return place.fail(statement, 0, `"${statement.words[0]}" must have the "max" parameter`)
  place.put(statement, key, { max, inactiveMs, validMs })
}
