/** Reads DER as far as certificates and answers about them need it (X.690). What is broken throws, to whoever asked. */

export interface Der {
  readonly type: number
  /** With type and length: what signatures and digests are made of. */
  readonly whole: Buffer
  readonly content: Buffer
}

/** The first value in `bytes`. */
export function readDer(bytes: Buffer, at = 0): Der {
  const type = bytes[at]
  const first = bytes[at + 1]
  if (type === undefined || first === undefined) throw new Error('DER ends too early')
  const sizeBytes = first < 0x80 ? 0 : first & 0x7f
  if (sizeBytes > 3 || first === 0x80) throw new Error('a length that DER does not have')
  const start = at + 2 + sizeBytes
  const length = sizeBytes === 0 ? first : bytes.subarray(at + 2, start).reduce((sum, byte) => sum * 256 + byte, 0)
  if (start + length > bytes.length) throw new Error('DER ends too early')
  return { type, whole: bytes.subarray(at, start + length), content: bytes.subarray(start, start + length) }
}

/** The values inside of one. */
export function readParts({ content }: Der): Der[] {
  const parts: Der[] = []
  for (let at = 0; at < content.length;) {
    const part = readDer(content, at)
    parts.push(part)
    at += part.whole.length
  }
  return parts
}

/** GeneralizedTime; NaN: none. */
export function readTime({ content }: Der): number {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.\d+)?Z$/.exec(content.toString('latin1')) ?? []
  return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second))
}
