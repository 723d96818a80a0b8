/**
 * One field of a header block as HPACK carries it: name, value, and everything about them that can be known once.
 *
 * Fields of a client's later requests come from the dynamic table again and again, so what is worked out here costs a
 * connection once and a request nothing: what kind of field it is, whether it may stand in a message, its HTTP/1 line.
 */
import { classOf, HTAB, SPACE, tokenChars } from '../http1/bytes.ts'

/** What a reader of messages has to do with a field. */
export const kinds = {
  ordinary: 0,
  method: 1,
  scheme: 2,
  path: 3,
  authority: 4,
  status: 5,
  protocol: 6,
  /** A name with a colon before it that means nothing. */
  unknownPseudo: 7,
  host: 8,
  cookie: 9,
  contentLength: 10,
  te: 11,
  /** About one connection: has no meaning in HTTP/2 and makes a message malformed (RFC 9113, 8.2.2). */
  hopByHop: 12,
  expect: 13,
  /** From here on fields of which a request may have one: their kind tells them apart. */
  single: 14,
} as const

/** What a name is made of. */
export const names = {
  good: 0,
  /** Letters, digits, hyphens and at least one underscore. */
  underscored: 1,
  /** Other characters that a token may have. */
  odd: 2,
  /** Characters that no HTTP/1 name may have. */
  strange: 3,
  /** Capitals, spaces, controls, a colon: never in HTTP/2 (RFC 9113, 8.2.1). */
  forbidden: 4,
} as const

/** Bytes an entry of a table counts besides its name and value (RFC 7541, 4.1). */
const ENTRY_COST = 32

const singles = [
  'if-modified-since',
  'if-match',
  'if-range',
  'authorization',
  'content-range',
  'if-none-match',
  'if-unmodified-since',
  'proxy-authorization',
]

const kindOf = new Map<string, number>([
  [':method', kinds.method],
  [':scheme', kinds.scheme],
  [':path', kinds.path],
  [':authority', kinds.authority],
  [':status', kinds.status],
  [':protocol', kinds.protocol],
  ['host', kinds.host],
  ['cookie', kinds.cookie],
  ['content-length', kinds.contentLength],
  ['te', kinds.te],
  ['connection', kinds.hopByHop],
  ['keep-alive', kinds.hopByHop],
  ['proxy-connection', kinds.hopByHop],
  ['transfer-encoding', kinds.hopByHop],
  ['upgrade', kinds.hopByHop],
  ['expect', kinds.expect],
  ...singles.map((name, i): [string, number] => [name, kinds.single + i]),
])

const usual = classOf('-0123456789abcdefghijklmnopqrstuvwxyz')
const inToken = classOf(tokenChars)
const UNDERSCORE = 0x5f
const COLON = 0x3a
const DEL = 0x7f

export class HeaderField {
  readonly name: string
  /** Without spaces around it. */
  readonly value: string
  /** Of kinds. */
  readonly kind: number
  /** Of names. */
  readonly nameClass: number
  /** The value has no control in it but tabs (RFC 9110, 5.5). */
  readonly valueGood: boolean
  /** What it takes of a table's room. */
  readonly cost: number
  /** Name and value as a line of HTTP/1. */
  readonly line: string

  constructor(name: string, value: string, like: HeaderField | null = null) {
    this.name = name
    this.cost = name.length + value.length + ENTRY_COST
    if (like === null) {
      this.nameClass = classOfName(name)
      this.kind = kindOf.get(name) ?? (name.charCodeAt(0) === COLON ? kinds.unknownPseudo : kinds.ordinary)
    } else {
      this.nameClass = like.nameClass
      this.kind = like.kind
    }
    this.valueGood = isGoodValue(value)
    this.value = isTrimmed(value) ? value : value.replace(around, '')
    this.line = this.kind >= kinds.method && this.kind <= kinds.unknownPseudo ? '' : name + ': ' + this.value + '\r\n'
  }
}

const around = /^[ \t]+|[ \t]+$/g

function classOfName(name: string): number {
  const start = name.charCodeAt(0) === COLON ? 1 : 0
  let found: number = name.length === start ? names.forbidden : names.good
  for (let i = start; i < name.length; i++) {
    const code = name.charCodeAt(i)
    if (usual[code] === 1) continue
    if (code <= SPACE || code === DEL || code === COLON || (code >= 0x41 && code <= 0x5a)) return names.forbidden
    found = Math.max(found, code === UNDERSCORE ? names.underscored : inToken[code] === 1 ? names.odd : names.strange)
  }
  return found
}

function isGoodValue(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i)
    if ((code < SPACE && code !== HTAB) || code === DEL) return false
  }
  return true
}

function isTrimmed(value: string): boolean {
  return value.length === 0 || (value.charCodeAt(0) > SPACE && value.charCodeAt(value.length - 1) > SPACE)
}
