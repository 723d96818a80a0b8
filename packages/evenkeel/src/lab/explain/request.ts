/** The request to be explained, from what a person writes on a command line to the bytes a client would send. */
import type { Explanation } from './story.ts'

export interface WishedRequest {
  readonly method: string
  /** Absolute; a scheme left out is http. */
  readonly url: string
  /** `Name: value`, as they are to be sent. */
  readonly fields: readonly string[]
  /** Numeric address of the client. */
  readonly from: string
  /** What the origin answers. */
  readonly answer: number
}

export interface WrittenRequest {
  readonly secure: boolean
  readonly host: string
  readonly port: number
  readonly bytes: string
  readonly shown: Explanation['request']
}

const URL_PARTS = /^(?:(https?):\/\/)?(\[[^\]]*\]|[^/?#:[]*)(?::(\d+))?([/?][^#]*)?(?:#.*)?$/i

/** A string is what is wrong with it. */
export function writeRequest({ method, url, fields, from }: WishedRequest): WrittenRequest | string {
  const parts = URL_PARTS.exec(url)
  if (parts === null || parts[2] === '') return `"${url}" is no URL; write it as in http://example.org/path?query`
  const [, scheme = 'http', authority = '', written, rest = '/'] = parts
  const secure = scheme.toLowerCase() === 'https'
  const port = written === undefined ? (secure ? 443 : 80) : Number(written)
  const host = authority.startsWith('[') ? authority.slice(1, -1) : authority
  const target = rest.startsWith('/') ? rest : `/${rest}`
  const said = fields.map(field => {
    const colon = field.indexOf(':')
    return colon <= 0 ? null : `${field.slice(0, colon).trim()}: ${field.slice(colon + 1).trim()}`
  })
  const bad = fields[said.indexOf(null)]
  if (bad !== undefined) return `"${bad}" is no header field; write it as in 'Name: value'`
  const named = said.some(line => /^host:/i.test(line!))
  const lines = [
    `${method} ${target} HTTP/1.1`,
    ...(named ? [] : [`Host: ${authority}${written === undefined ? '' : `:${written}`}`]),
    ...said.map(line => line!),
  ]
  const head = lines.join('\r\n')
  return {
    secure,
    host,
    port,
    bytes: Buffer.from(`${head}\r\n\r\n`, 'utf8').toString('latin1'),
    shown: { method, url, from, head: lines.join('\n') },
  }
}
