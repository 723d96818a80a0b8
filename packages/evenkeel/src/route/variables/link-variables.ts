/** Variables that judge a request by its link: $secure_link by a hash in it, $invalid_referer by the page it is on. */
import { requestUri } from './request-variables.ts'
import { readReferers } from '../referers.ts'
import type { VariableMaker } from './variable-maker.ts'

export const linkVariables: Readonly<Record<string, VariableMaker>> = {
  secure_link: ({ table, scope: { settings }, text }) => {
    if (settings === null) return () => undefined
    const { md5, now } = table.ports
    const { secureLink, secureLinkMd5, secureLinkSecret } = settings
    if (secureLinkSecret !== null) {
      return exchange => linkInPath(requestUri(exchange) ?? '', secureLinkSecret, md5)
    }
    if (secureLink === null || secureLinkMd5 === null) return () => undefined
    const link = text(secureLink)
    const hashed = text(secureLinkMd5)
    return exchange => {
      const { hash, expires, valid } = readLink(link(exchange))
      if (!valid || !/^[A-Za-z0-9_-]{22}(?:==?)?$/.test(hash)) return undefined
      const bytes = Buffer.from(hash, 'base64url').toString('latin1')
      if (!sameBytes(bytes, md5(hashed(exchange)))) return undefined
      return expires !== '' && Number(expires) < Math.floor(now() / 1000) ? '0' : '1'
    }
  },
  secure_link_expires: ({ scope: { settings }, text }) => {
    if (settings === null || settings.secureLink === null || settings.secureLinkMd5 === null) return () => undefined
    const link = text(settings.secureLink)
    return exchange => {
      const { expires, valid } = readLink(link(exchange))
      return valid && expires !== '' ? expires : undefined
    }
  },
  invalid_referer: ({ table, scope: { settings } }) => {
    const model = settings?.validReferers ?? null
    return model === null ? () => '' : readReferers(model, table)
  },
}

/** `HASH,SECONDS`: until when it holds is for whoever made the link to say. */
function readLink(text: string): { hash: string; expires: string; valid: boolean } {
  const comma = text.indexOf(',')
  if (comma < 0) return { hash: text, expires: '', valid: true }
  const expires = text.slice(comma + 1)
  return { hash: text.slice(0, comma), expires, valid: /^\d{1,15}$/.test(expires) && Number(expires) > 0 }
}

/** `/anything/HASH/rest`: the rest, if the hash is of it and the secret. */
function linkInPath(uri: string, secret: string, md5: (text: string) => string): string | undefined {
  const [, hash, rest] = /^\/[^/]*\/([^/]*)\/(.+)$/s.exec(uri) ?? []
  if (hash === undefined || rest === undefined || !/^[0-9a-fA-F]{32}$/.test(hash)) return undefined
  return sameBytes(Buffer.from(hash, 'hex').toString('latin1'), md5(rest + secret)) ? rest : undefined
}

/** In a time that does not tell where they differ. */
function sameBytes(a: string, b: string): boolean {
  let different = a.length ^ b.length
  for (let i = 0; i < b.length; i++) different |= a.charCodeAt(i) ^ b.charCodeAt(i)
  return different === 0
}
