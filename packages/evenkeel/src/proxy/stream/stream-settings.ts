/** What passing sessions of one server on needs to know, made once when the configuration is compiled. */
import type { Failure } from '../../exchange/failure.ts'
import type { Session, SessionCounting, SessionLog, SessionServer, SessionStep } from '../../exchange/session.ts'
import type { DialOptions } from '../../net/dial.ts'
import type { Upstream } from '../../upstream/upstream.ts'

/** Where a session goes. */
export interface SessionTarget {
  /** Its peers may be replaced while it lives. */
  readonly current: Upstream
  hashKey(session: Session): string
}

export interface SessionForwardSettings {
  readonly connectTimeoutMs: number
  readonly timeoutMs: number
  readonly nextUpstream: boolean
  /** 0: as many as there are peers. */
  readonly tries: number
  /** 0: no limit. */
  readonly triesTimeoutMs: number
  readonly halfClose: boolean
  /** 0: no number. */
  readonly requests: number
  /** null: any number. */
  readonly responses: number | null
  /** The moment of an answer that methods by time go by. */
  readonly timedBy: 'connect' | 'first_byte'
  /** Bytes a second; 0: no limit. */
  uploadRate(session: Session): number
  downloadRate(session: Session): number
  /** A failure: no certificate can be shown. */
  dialOptions(session: Session): DialOptions | Failure
  /** Source address; '' the system's choice. */
  bind(session: Session): string
  /** What goes out before everything else: a PROXY protocol head; null: nothing. */
  preface(session: Session): Uint8Array | null
  /** `done` is called once, perhaps at once. */
  target(session: Session, done: (found: SessionTarget | Failure) => void): void
}

export type SessionAction =
  | { readonly kind: 'proxy'; readonly settings: SessionForwardSettings }
  | { readonly kind: 'return'; text(session: Session): string }
  | { readonly kind: 'pass'; to(session: Session): string }
  | { readonly kind: 'close' }

export interface StreamServer extends SessionServer {
  readonly steps: readonly SessionStep[]
  /** ssl_preread. */
  readonly preread: boolean
  readonly prereadSize: number
  readonly prereadTimeoutMs: number
  readonly proxyProtocolTimeoutMs: number
  readonly handshakeTimeoutMs: number
  readonly action: SessionAction
  readonly logs: readonly SessionLog[]
  /** null: no status zone has them. */
  readonly counting: SessionCounting | null
}
