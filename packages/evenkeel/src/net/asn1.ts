/**
 * The few structures of ASN.1 that certificates and requests for them are written in (DER; RFC 5280, RFC 2986): Node makes
 * keys and signatures, but neither of these.
 */

export function sequence(...parts: Uint8Array[]): Buffer {
  return tag(0x30, Buffer.concat(parts))
}

export function tag(type: number, content: Uint8Array): Buffer {
  const { length } = content
  const size =
    length < 0x80
      ? [length]
      : length < 0x100
        ? [0x81, length]
        : length < 0x1_0000
          ? [0x82, length >> 8, length & 0xff]
          : [0x83, length >> 16, (length >> 8) & 0xff, length & 0xff]
  return Buffer.concat([Buffer.from([type, ...size]), content])
}

/** An object identifier by the bytes it is made of. */
export function oid(hex: string): Buffer {
  return tag(0x06, Buffer.from(hex, 'hex'))
}

export function integer(value: Uint8Array): Buffer {
  return tag(0x02, value)
}

export function octets(value: Uint8Array): Buffer {
  return tag(0x04, value)
}

export function bits(value: Uint8Array): Buffer {
  return tag(0x03, Buffer.concat([Buffer.from([0]), value]))
}

/** UTCTime, which is to be used until 2049. */
export function time(date: Date): Buffer {
  return tag(0x17, Buffer.from(date.toISOString().replace(/^\d\d|[-:T]|\.\d+/g, '')))
}

/** A subject with nothing but a common name; without one it is empty. */
export function subject(commonName: string | null): Buffer {
  if (commonName === null) return sequence()
  return sequence(tag(0x31, sequence(oid(COMMON_NAME), tag(0x0c, Buffer.from(commonName)))))
}

export function extension(name: string, value: Uint8Array, critical = false): Buffer {
  return sequence(oid(name), ...(critical ? [tag(0x01, Buffer.from([0xff]))] : []), octets(value))
}

/** The extension with the hosts and addresses a certificate is good for. */
export function subjectAltNames(names: readonly string[]): Buffer {
  return extension(SUBJECT_ALT_NAME, sequence(...names.map(altName)))
}

export function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

const COMMON_NAME = '550403'
const SUBJECT_ALT_NAME = '551d11'

function altName(name: string): Buffer {
  const address = addressBytes(name)
  return address === null ? tag(0x82, Buffer.from(name)) : tag(0x87, address)
}

/** Four or sixteen bytes; null: it is a host. */
export function addressBytes(name: string): Buffer | null {
  if (/^\d+(?:\.\d+){3}$/.test(name)) return Buffer.from(name.split('.').map(Number))
  if (!name.includes(':')) return null
  const [head = '', tail] = name.split('::')
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map(group => Number.parseInt(group, 16))
  const first = groups(head)
  const last = tail === undefined ? [] : groups(tail)
  const all = [...first, ...Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => 0), ...last]
  return Buffer.from(all.slice(0, 8).flatMap(group => [group >> 8, group & 0xff]))
}
