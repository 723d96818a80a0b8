/**
 * Challenges that are open: what workers show to who looks whether a name is ours, put where all of them see it at once.
 */
import { createHash, generateKeyPairSync } from 'node:crypto'
import { Board } from '../../shared/board.ts'
import type { OpenChallenges } from '../../worker/acme-challenges.ts'
import { addressBytes, extension, octets, pem, subject, subjectAltNames } from '../../net/asn1.ts'
import { selfSigned } from '../certificates/self-signed.ts'

export class Challenges {
  readonly #board: Board
  readonly #answers = new Map<string, string>()
  readonly #certificates = new Map<string, string>()

  constructor(buffer: SharedArrayBuffer) {
    this.#board = new Board(buffer)
  }

  /** http-01. False: too many are open. */
  openAnswer(token: string, text: string): boolean {
    this.#answers.set(token, text)
    return this.#write()
  }

  /** tls-alpn-01. False: too many are open. */
  openCertificate(identifier: string, text: string, now: Date): boolean {
    this.#certificates.set(handshakeName(identifier), challengeCertificate(identifier, text, now))
    return this.#write()
  }

  close(token: string, identifier: string): void {
    this.#answers.delete(token)
    this.#certificates.delete(handshakeName(identifier))
    this.#write()
  }

  #write(): boolean {
    const open: OpenChallenges = {
      answers: Object.fromEntries(this.#answers),
      certificates: Object.fromEntries(this.#certificates),
    }
    return this.#board.write(JSON.stringify(open))
  }
}

/** An address is asked for by its name in reverse DNS (RFC 8738, 6). */
function handshakeName(identifier: string): string {
  const bytes = addressBytes(identifier)
  if (bytes === null) return identifier
  if (bytes.length === 4) return `${[...bytes].toReversed().join('.')}.in-addr.arpa`
  return `${[...bytes.toString('hex')].toReversed().join('.')}.ip6.arpa`
}

/** RFC 8737, 3: good for the name, with the digest of the answer in it. Certificate and key in PEM. */
function challengeCertificate(identifier: string, text: string, now: Date): string {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const digest = createHash('sha256').update(text).digest()
  const certificate = selfSigned({
    keys,
    subject: subject('ACME challenge'),
    from: new Date(now.getTime() - DAY_MS),
    until: new Date(now.getTime() + DAY_MS),
    extensions: [subjectAltNames([identifier]), extension(ACME_IDENTIFIER, octets(digest), true)],
  })
  return pem('CERTIFICATE', certificate) + keys.privateKey.export({ type: 'pkcs8', format: 'pem' })
}

const ACME_IDENTIFIER = '2b0601050507011f'
const DAY_MS = 86_400_000
