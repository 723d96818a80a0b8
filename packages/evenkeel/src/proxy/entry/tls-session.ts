/** What is known of a client once its handshake is done. Values are worked out when somebody asks for them. */
import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import type { ClientTls, Extension, TlsValue } from '../../exchange/client-tls.ts'
import { CHAIN_TOO_LONG, chainTooLong, verifyErrorText } from '../../net/tls-verify.ts'
import type { ClientHello } from '../../wire/tls-hello.ts'
import { certificateValue } from './client-certificate.ts'
import { tlsExtensions } from './tls-extensions.ts'
import { cipherNames, groupList, groupName, groupNames, signatureNames } from './tls-names.ts'

export interface VerifyRules {
  /** Whether a certificate was asked for. */
  readonly asked: boolean
  /** Most certificates between the client's and one that is trusted. */
  readonly depth: number
  /** As `ssl_ecdh_curve` has them. */
  readonly groups: string
}

export class TlsSession implements ClientTls {
  readonly serverName: string
  readonly protocol: string
  readonly certified: boolean
  verifyError: string
  readonly unknownAuthority: boolean
  readonly #socket: TLSSocket
  readonly #hello: ClientHello
  readonly #rules: VerifyRules
  readonly #certificate: X509Certificate | undefined
  /** Node's; '' nothing is wrong with it. */
  readonly #verifyCode: string

  constructor(socket: TLSSocket, hello: ClientHello, rules: VerifyRules) {
    this.#socket = socket
    this.#hello = hello
    this.#rules = rules
    this.serverName = hello.serverName
    this.protocol = typeof socket.alpnProtocol === 'string' ? socket.alpnProtocol : ''
    this.#certificate = rules.asked ? socket.getPeerX509Certificate() : undefined
    this.certified = this.#certificate !== undefined
    let code = this.certified ? String(socket.authorizationError ?? '') : ''
    if (code === '' && chainTooLong(this.#certificate, rules.depth)) code = CHAIN_TOO_LONG
    this.unknownAuthority = UNKNOWN_AUTHORITY.has(code)
    this.verifyError = verifyErrorText(code)
    this.#verifyCode = code
  }

  extensions(): readonly Extension[] {
    return tlsExtensions(this.#socket, this.serverName, this.protocol, this.#certificate, this.#verifyCode)
  }

  /** Somebody who knows says that its certificate is not to be trusted. */
  distrust(problem: string): void {
    this.verifyError = problem
  }

  value(name: TlsValue): string | undefined {
    const socket = this.#socket
    const hello = this.#hello
    switch (name) {
      case 'protocol':
        return socket.getProtocol() ?? undefined
      case 'cipher':
        return socket.getCipher()?.name
      case 'ciphers':
        return cipherNames(hello.ciphers)
      case 'curve':
        return this.#group()
      case 'curves':
        return groupNames(hello.groups)
      case 'sigalgs':
        return signatureNames(hello.signatures)
      case 'session_id':
        return sessionId(socket.getSession())
      case 'session_reused':
        return socket.isSessionReused() ? 'r' : '.'
      case 'server_name':
        return hello.serverName || undefined
      case 'alpn_protocol':
        return this.protocol || undefined
      case 'client_verify':
        if (!this.certified) return 'NONE'
        return this.verifyError === '' ? 'SUCCESS' : 'FAILED:' + this.verifyError
      default:
        return this.#certificate && certificateValue(this.#certificate, name, Date.now())
    }
  }

  /** Node does not tell a server: the client's first group that is also ours, one with a key share before others. */
  #group(): string | undefined {
    const ours = groupList(this.#rules.groups)
    const both = this.#hello.groups.filter(number => ours === null || ours.has(groupName(number).toLowerCase()))
    const shared = both.find(number => this.#hello.keyShares.includes(number))
    const chosen = shared ?? both[0]
    return chosen === undefined ? undefined : groupName(chosen)
  }
}

const UNKNOWN_AUTHORITY: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_UNTRUSTED',
])

/** The fourth part of OpenSSL's serialized session: SEQUENCE of version, TLS version, cipher, id. */
function sessionId(session: Buffer | null | undefined): string | undefined {
  if (!session || session[0] !== 0x30) return undefined
  let at = session[1]! < 0x80 ? 2 : 2 + (session[1]! & 0x7f)
  for (let part = 0; part < 3; part++) at += 2 + (session[at + 1] ?? 0)
  if (session[at] !== 0x04) return undefined
  return session.toString('hex', at + 2, at + 2 + session[at + 1]!) || undefined
}
