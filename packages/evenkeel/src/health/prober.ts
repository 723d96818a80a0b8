/** One probe at one peer, whatever it consists of; and what probers are given rather than have. */
import type { DialAddress } from '../model/plan.ts'
import type { TlsClientModel } from '../model/origin-tls.ts'
import type { Dialing, DialUser } from '../net/dial.ts'
import type { TlsRefusal, TlsTarget } from '../net/tls-dial.ts'
import type { UdpAddress, UdpUser } from '../net/udp.ts'

export interface Prober {
  /**
   * Begins a probe. `done` is told once, later: what is wrong, in words for the log, or null. Not to be called while
   * one is under way.
   */
  probe(done: (wrong: string | null) => void): void
  /** Ends what is under way, without telling, and closes what is kept. */
  close(): void
}

/** Tries addresses in turn; `tls` null: bytes go in the clear. `preface` goes out before everything else. */
export type Dialer = (
  addresses: readonly DialAddress[],
  user: DialUser,
  tls: TlsTarget | null,
  preface?: Uint8Array | null,
) => Dialing

/** Datagrams to and from one address. */
export interface DatagramLink {
  send(bytes: Uint8Array): void
  close(): void
}

export type DatagramDialer = (to: UdpAddress, user: UdpUser) => DatagramLink

/** With whom a check speaks TLS: asked for each connection, for certificates may change; a string says why it can't. */
export type CheckTls = (tls: TlsClientModel, host: string) => () => TlsTarget | string

/** Time that a test can pass. */
export interface Clock {
  nowMs(): number
  /** Calls once, after that long; answers how to call it off. */
  after(ms: number, run: () => void): () => void
}

export interface ProberPorts {
  readonly dial: Dialer
  readonly dialUdp: DatagramDialer
  readonly clock: Clock
}

/** What the system says of a connection, for people. */
export function systemReason(code: string): string {
  return reasons[code] ?? (code === '' ? 'connection closed' : `connection failed (${code})`)
}

/** Why there is no TLS. */
export function refusalReason({ kind, text }: TlsRefusal): string {
  switch (kind) {
    case 'failed':
      return `SSL_do_handshake() failed (${text})`
    case 'closed':
      return 'peer closed connection in SSL handshake'
    case 'untrusted':
      return `SSL certificate verify error: (${text})`
    case 'misnamed':
      return `SSL certificate does not match ${text}`
  }
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection reset',
  ETIMEDOUT: 'timed out while connecting',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network unreachable',
  EACCES: 'permission denied',
  ENOENT: 'no such socket',
  EMFILE: 'too many open files in evenkeel',
  ENFILE: 'too many open files in the system',
}
