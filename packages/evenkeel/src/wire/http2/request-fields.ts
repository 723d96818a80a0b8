/**
 * Makes a request of the fields of a header block (RFC 9113, 8.3.1), as strict as the reader of HTTP/1: what can't be
 * said again in HTTP/1 without meaning something else is malformed.
 *
 * The fields become the lines of an HTTP/1 head, so that they go on to an origin as one piece of text.
 */
import { failure, type Failure } from '../../exchange/failure.ts'
import { Fields } from '../../exchange/fields.ts'
import { RequestHead, UNKNOWN_LENGTH } from '../../exchange/head.ts'
import { Authority } from '../http1/host.ts'
import { kinds, names, type HeaderField } from './header-field.ts'
import type { FieldTaker } from './hpack-decoder.ts'

export interface FieldLimits {
  /** Bytes of one name or value. */
  readonly fieldSize: number
  /** Bytes of all names and values. */
  readonly totalSize: number
  readonly maxFields: number
  /** Names with underscores count (underscores_in_headers). */
  readonly underscores: boolean
  /** Fields with other odd names are left out (ignore_invalid_headers). */
  readonly ignoreInvalid: boolean
}

const HTTP2 = 20
const visible = /^[\x21-\x7e]+$/
const methodName = /^[A-Z_-]+$/
const schemeName = /^[a-z][a-z0-9+.-]*$/i

/** One serves all connections of a listener: nothing of a request stays in it. */
export class RequestFields implements FieldTaker {
  /** What is wrong with the request; null: nothing. */
  problem: Failure | null = null
  /** There was more than the limits allow: such a connection is not worth keeping. */
  tooLarge = false
  readonly #limits: FieldLimits
  readonly #host = new HostReader()
  #size = 0
  #count = 0
  #method = ''
  #scheme = ''
  #path = ''
  #authority = ''
  #protocol = ''
  /** Bits of the kinds seen of which there may be one. */
  #once = 0
  /** A field that is no pseudo-header has come. */
  #regular = false
  #hostField = ''
  #cookie = ''
  #length = -1
  #expects = false
  #text = ''
  #marks: number[] = []

  constructor(limits: FieldLimits) {
    this.#limits = limits
  }

  begin(): void {
    this.problem = null
    this.tooLarge = false
    this.#size = 0
    this.#count = 0
    this.#method = ''
    this.#scheme = ''
    this.#path = ''
    this.#authority = ''
    this.#protocol = ''
    this.#once = 0
    this.#regular = false
    this.#hostField = ''
    this.#cookie = ''
    this.#length = -1
    this.#expects = false
    this.#text = ''
    this.#marks = []
  }

  field(field: HeaderField): void {
    const { kind, nameClass, name, value } = field
    const { fieldSize, totalSize } = this.#limits
    this.#size += name.length + value.length
    if (this.#size > totalSize || name.length > fieldSize || value.length > fieldSize) this.tooLarge = true
    if (this.problem !== null || this.tooLarge) return
    if (nameClass !== names.good && !this.#mayStand(nameClass)) return
    if (!field.valueGood) return this.#malformed(`control in the value of "${name}"`)
    if (kind >= kinds.method && kind <= kinds.unknownPseudo) return this.#pseudo(field)
    this.#regular = true
    if (kind === kinds.ordinary) return this.#add(field)
    this.#special(field)
  }

  /** The request; where it is malformed what is known of it. */
  finish(endStream: boolean, size: number): RequestHead {
    this.#complete(endStream)
    if (this.#cookie !== '') this.#append('cookie', this.#cookie)
    const upgrade = this.problem === null ? this.#protocol : ''
    if (upgrade !== '') this.#bridge(upgrade)
    const tunnel = this.#method === 'CONNECT' || upgrade !== ''
    const path = this.#path
    // What comes on the stream of a tunnel is no body.
    const length = tunnel ? 0 : this.#length >= 0 ? this.#length : endStream ? 0 : UNKNOWN_LENGTH
    const fields = new Fields(this.#text, this.#marks, true)
    const head = new RequestHead(this.#method, path, HTTP2, fields, this.problem === null ? length : 0, true)
    head.size = size
    head.expectsContinue = this.#expects
    head.upgrade = upgrade
    split(head, path)
    const said = this.#authority === '' ? this.#hostField : this.#authority
    if (this.problem === null && said !== '') {
      const host = this.#host
      if (!host.read(said)) this.#malformed('invalid host')
      else {
        head.host = host.name
        head.port = host.port
        head.authority = said
      }
    }
    // What was cut off is not for whoever reads the next one.
    this.#text = ''
    this.#marks = []
    return head
  }

  /** What a whole block has to have. */
  #complete(endStream: boolean): void {
    if (this.problem !== null) return
    if (this.#method === '') return this.#malformed('no :method')
    const protocol = this.#protocol
    if (protocol !== '') {
      if (this.#method !== 'CONNECT') return this.#malformed(':protocol without CONNECT')
      if (protocol.toLowerCase() !== 'websocket') {
        this.problem = failure('unsupported_protocol', `"${protocol}"`)
        return
      }
    }
    if (this.#method !== 'CONNECT' || protocol !== '') {
      if (this.#scheme === '') return this.#malformed('no :scheme')
      if (this.#path === '') return this.#malformed('no :path')
    }
    if (this.#authority === '' && this.#hostField === '') return this.#malformed('neither :authority nor Host')
    if (this.#authority !== '' && this.#hostField !== '' && this.#authority !== this.#hostField)
      return this.#malformed(':authority and Host with different values')
    if (endStream && this.#length > 0) this.#malformed('stream ended before its body')
  }

  /** Whether a field with an odd name counts; else it is left out, or the request is malformed. */
  #mayStand(nameClass: number): boolean {
    const { underscores, ignoreInvalid } = this.#limits
    if (nameClass === names.forbidden) this.#malformed('invalid field name')
    else if (nameClass === names.underscored && (underscores || !ignoreInvalid)) return true
    else if (!ignoreInvalid) {
      if (nameClass === names.odd) return true
      this.#malformed('invalid field name')
    }
    return false
  }

  #pseudo({ kind, name, value }: HeaderField): void {
    // Those of requests come first, each once (RFC 9113, 8.3).
    if (this.#regular) return this.#malformed('pseudo-header out of order')
    const bit = 1 << kind
    if ((this.#once & bit) !== 0) return this.#malformed(`duplicate ${name}`)
    this.#once |= bit
    switch (kind) {
      case kinds.method:
        if (value !== 'GET' && !methodName.test(value)) return this.#malformed('invalid :method')
        this.#method = value
        return
      case kinds.scheme:
        if (!schemeName.test(value)) return this.#malformed('invalid :scheme')
        this.#scheme = value
        return
      case kinds.path:
        if (!visible.test(value) || (value.charCodeAt(0) !== SLASH && (value !== '*' || this.#method !== 'OPTIONS')))
          return this.#malformed('invalid :path')
        this.#path = value
        return
      case kinds.authority:
        this.#authority = value
        return
      case kinds.protocol:
        if (!visible.test(value)) return this.#malformed('invalid :protocol')
        this.#protocol = value
        return
      default:
        this.#malformed(`unknown pseudo-header "${name}"`)
    }
  }

  #special(field: HeaderField): void {
    const { kind, name, value } = field
    if (kind === kinds.hopByHop) return this.#malformed(`"${name}" field`)
    if (kind === kinds.cookie) {
      // One field a crumb is for HPACK's sake only (RFC 9113, 8.2.3).
      this.#cookie = this.#cookie === '' ? value : this.#cookie + '; ' + value
      return
    }
    const bit = 1 << kind
    if ((this.#once & bit) !== 0) return this.#malformed(`duplicate "${name}"`)
    this.#once |= bit
    switch (kind) {
      case kinds.host:
        this.#hostField = value
        if (value === '') return this.#malformed('empty Host')
        break
      case kinds.contentLength:
        this.#length = readLength(value)
        if (this.#length < 0) return this.#malformed('invalid Content-Length')
        break
      case kinds.te:
        if (value.toLowerCase() !== 'trailers') return this.#malformed('invalid TE')
        break
      case kinds.expect:
        if (value.toLowerCase() !== '100-continue') this.problem = failure('unmet_expectation')
        else this.#expects = true
    }
    this.#add(field)
  }

  #add(field: HeaderField): void {
    if (++this.#count > this.#limits.maxFields) {
      this.problem = failure('head_too_large', 'too many fields')
      return
    }
    const at = this.#text.length
    const value = at + field.name.length + 2
    this.#marks.push(at, value - 2, value, value + field.value.length)
    this.#text += field.line
  }

  /** CONNECT with a protocol is what HTTP/1.1 says with a GET and Upgrade (RFC 8441, 5). */
  #bridge(protocol: string): void {
    this.#method = 'GET'
    this.#append('upgrade', protocol)
    this.#append('connection', 'Upgrade')
  }

  #append(name: string, value: string): void {
    const at = this.#text.length
    const start = at + name.length + 2
    this.#marks.push(at, start - 2, start, start + value.length)
    this.#text += name + ': ' + value + '\r\n'
  }

  #malformed(cause: string): void {
    this.problem = failure('malformed_request', cause)
  }
}

const SLASH = 0x2f

function split(head: RequestHead, target: string): void {
  const hash = target.indexOf('#')
  const end = hash < 0 ? target.length : hash
  const question = target.indexOf('?')
  if (question < 0 || question > end) {
    head.path = hash < 0 ? target : target.slice(0, end)
    return
  }
  head.path = target.slice(0, question)
  head.query = target.slice(question + 1, end)
  head.hasQuery = true
}

function readLength(text: string): number {
  if (!/^\d+$/.test(text)) return -1
  const length = Number(text)
  return Number.isSafeInteger(length) ? length : -1
}

/** Longest authority worth reading: a name has 253 characters at most, a port five. */
const MAX_AUTHORITY = 1024

/** Reads authorities; most requests of a connection have the same one, so that is remembered. */
class HostReader {
  name = ''
  port = ''
  readonly #authority = new Authority()
  readonly #bytes = Buffer.allocUnsafeSlow(MAX_AUTHORITY)
  #last = ''
  #good = false

  read(text: string): boolean {
    if (text === this.#last) return this.#good
    this.#last = text
    this.#good = false
    if (text.length > MAX_AUTHORITY) return false
    const bytes = this.#bytes
    const authority = this.#authority
    this.#good = authority.read(bytes, 0, bytes.write(text, 'latin1'))
    if (!this.#good) return false
    const name = text.slice(0, authority.hostEnd)
    this.name = authority.capitals ? name.toLowerCase() : name
    this.port = authority.port > 0 ? String(authority.port) : ''
    return true
  }
}
