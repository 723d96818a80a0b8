/**
 * OCSP (RFC 6960): the question whether a certificate still holds, and the answer, believed only if it is signed by who
 * issued the certificate, or by somebody that one has named for it.
 */
import { createHash, verify, X509Certificate } from 'node:crypto'
import { integer, octets, oid, sequence, tag } from '../asn1.ts'
import { readDer, readParts, readTime, type Der } from './der.ts'

/** What a certificate is asked for by. */
export interface CertificateId {
  readonly nameHash: Buffer
  readonly keyHash: Buffer
  readonly serial: Buffer
}

export function certificateId(certificate: X509Certificate, issuer: X509Certificate): CertificateId {
  const { serial } = fields(certificate)
  const { subject, key } = fields(issuer)
  return { nameHash: sha1(subject), keyHash: sha1(key), serial }
}

/** DER of a request for one certificate. */
export function ocspRequest({ nameHash, keyHash, serial }: CertificateId): Buffer {
  const algorithm = sequence(oid(SHA1), tag(0x05, Buffer.alloc(0)))
  const id = sequence(algorithm, octets(nameHash), octets(keyHash), integer(serial))
  return sequence(sequence(sequence(sequence(id))))
}

export interface CertificateStatus {
  readonly revoked: boolean
  /** Until when it may be remembered; the moment it was made where it does not say. */
  readonly untilMs: number
}

/** A text is why the answer can't be believed, or says nothing. */
export function readStatus(
  bytes: Buffer,
  asked: CertificateId,
  /** null: who signed it is for somebody else to judge. */
  issuer: X509Certificate | null,
  nowMs: number,
): CertificateStatus | string {
  try {
    return readResponse(bytes, asked, issuer, nowMs)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function readResponse(
  bytes: Buffer,
  asked: CertificateId,
  issuer: X509Certificate | null,
  nowMs: number,
): CertificateStatus | string {
  const [status, wrapped] = readParts(readDer(bytes))
  const code = status?.content[0] ?? -1
  if (code !== 0 || wrapped === undefined) return `the responder said: ${PROBLEMS[code] ?? `status ${code}`}`
  const [, basic] = parts(readDer(wrapped.content), 2)
  const [data, algorithm, signature, certificates] = readParts(readDer(basic!.content))
  if (data === undefined || algorithm === undefined || signature === undefined) return 'an answer with parts missing'
  if (issuer !== null) {
    const signers = [issuer, ...(certificates === undefined ? [] : delegates(certificates, issuer, nowMs))]
    if (!signers.some(signer => isSigned(data.whole, algorithm, signature, signer)))
      return 'a signature of nobody known'
  }
  const single = findSingle(data, asked)
  if (single === null) return 'an answer about another certificate'
  const [, state, from, next] = parts(single, 3)
  if (!(readTime(from!) <= nowMs + TOLERANCE_MS)) return 'an answer from the future'
  const ends = next?.type === 0xa0 ? readTime(readDer(next.content)) : null
  if (ends !== null && !(ends >= nowMs - TOLERANCE_MS)) return 'an answer that is out of date'
  const kind = state!.type & 0x1f
  return kind > 1 ? 'the responder does not know the certificate' : { revoked: kind === 1, untilMs: ends ?? nowMs }
}

const PROBLEMS: Readonly<Record<number, string>> = {
  1: 'malformed request',
  2: 'internal error',
  3: 'try later',
  5: 'a signature is required',
  6: 'unauthorized',
}

/** Clocks differ. */
const TOLERANCE_MS = 300_000
const SHA1 = '2b0e03021a'

function findSingle(data: Der, { nameHash, keyHash, serial }: CertificateId): Der | null {
  const list = readParts(data).find(({ type }) => type === 0x30)
  for (const single of list === undefined ? [] : readParts(list)) {
    const [id] = parts(single, 1)
    const [, name, key, number] = parts(id!, 4)
    if (name!.content.equals(nameHash) && key!.content.equals(keyHash) && number!.content.equals(serial)) return single
  }
  return null
}

/** Those in the answer whom the issuer has named for it. */
function delegates(certificates: Der, issuer: X509Certificate, nowMs: number): X509Certificate[] {
  return readParts(readDer(certificates.content))
    .slice(0, MOST_SIGNERS)
    .map(({ whole }) => new X509Certificate(whole))
    .filter(
      one =>
        one.checkIssued(issuer) &&
        one.verify(issuer.publicKey) &&
        (one.keyUsage as readonly string[] | undefined)?.includes(OCSP_SIGNING) === true &&
        one.validFromDate.getTime() <= nowMs + TOLERANCE_MS &&
        one.validToDate.getTime() >= nowMs - TOLERANCE_MS,
    )
}

const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9'
const MOST_SIGNERS = 8

function isSigned(data: Buffer, algorithm: Der, signature: Der, signer: X509Certificate): boolean {
  const [name] = parts(algorithm, 1)
  const key = name!.content.toString('hex')
  if (!Object.hasOwn(HASHES, key)) return false
  // The first byte of a BIT STRING says how many bits are unused: none.
  return verify(HASHES[key], data, signer.publicKey, signature.content.subarray(1))
}

/** By algorithm; null where the key itself says which. SHA-1 is not among them. */
const HASHES: Readonly<Record<string, string | null>> = {
  '2a864886f70d01010b': 'sha256',
  '2a864886f70d01010c': 'sha384',
  '2a864886f70d01010d': 'sha512',
  '2a8648ce3d040302': 'sha256',
  '2a8648ce3d040303': 'sha384',
  '2a8648ce3d040304': 'sha512',
  '2b6570': null,
}

/** What of a certificate stands in an id: serial number, subject as written, the bits of its key. */
function fields(certificate: X509Certificate): {
  readonly serial: Buffer
  readonly subject: Buffer
  readonly key: Buffer
} {
  const [body] = parts(readDer(certificate.raw), 3)
  const all = readParts(body!)
  const rest = all[0]?.type === 0xa0 ? all.slice(1) : all
  const [serial, , , , subject, info] = rest
  if (serial === undefined || subject === undefined || info === undefined)
    throw new Error('a certificate with parts missing')
  const [, bits] = parts(info, 2)
  return { serial: serial.content, subject: subject.whole, key: bits!.content.subarray(1) }
}

function parts(of: Der, least: number): Der[] {
  const found = readParts(of)
  if (found.length < least) throw new Error('an answer with parts missing')
  return found
}

function sha1(bytes: Buffer): Buffer {
  return createHash('sha1').update(bytes).digest()
}
