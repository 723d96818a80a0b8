/**
 * What a worker has to show while the main thread asks for a certificate: texts by their token (http-01), and
 * certificates by the name asked for (tls-alpn-01, RFC 8737). The main thread puts it on a board in shared memory.
 */
import { Board } from '../shared/board.ts'
import { TlsTerminator } from '../net/tls-terminator.ts'
import type { ClientHello } from '../wire/tls-hello.ts'

/** As it stands on the board. */
export interface OpenChallenges {
  readonly answers: Readonly<Record<string, string>>
  /** PEM of certificate and key, by the name in the handshake. */
  readonly certificates: Readonly<Record<string, string>>
}

/** What such a handshake offers by ALPN, and nothing besides. */
const PROTOCOL = 'acme-tls/1'

const NOTHING: OpenChallenges = { answers: {}, certificates: {} }

export class AcmeChallenges {
  readonly #board: Board
  #version = 0
  #open: OpenChallenges = NOTHING
  readonly #terminators = new Map<string, TlsTerminator>()

  constructor(buffer: SharedArrayBuffer) {
    this.#board = new Board(buffer)
  }

  answer(token: string): string | undefined {
    const { answers } = this.#current()
    return Object.hasOwn(answers, token) ? answers[token] : undefined
  }

  /** null: it is not about a challenge, or about none of ours. */
  terminator({ protocols, serverName }: ClientHello): TlsTerminator | null {
    if (protocols.length !== 1 || protocols[0] !== PROTOCOL) return null
    const name = serverName.toLowerCase()
    const { certificates } = this.#current()
    const pem = Object.hasOwn(certificates, name) ? certificates[name] : undefined
    if (pem === undefined) return null
    let made = this.#terminators.get(name)
    if (made === undefined) this.#terminators.set(name, (made = makeTerminator(pem)))
    return made
  }

  #current(): OpenChallenges {
    const { version } = this.#board
    if (version === this.#version) return this.#open
    const text = this.#board.read()
    if (text === undefined) return this.#open
    this.#version = version
    this.#terminators.clear()
    this.#open = text === '' ? NOTHING : (JSON.parse(text) as OpenChallenges)
    return this.#open
  }
}

function makeTerminator(pem: string): TlsTerminator {
  return new TlsTerminator({ cert: pem, key: pem, ALPNProtocols: [PROTOCOL], keptSessions: 0, staple: null })
}
