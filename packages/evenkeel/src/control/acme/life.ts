/** The certificates of one issuer, each asked for when it is due, one after the other. Clock and luck are given in. */
import type { AcmeCertificate } from '../../model/acme.ts'
import type { LogLevel } from '../../model/model.ts'
import { AcmeProblem } from './problem.ts'
import { renewalMs, retryMs, type Setback, type Validity } from './schedule.ts'

export interface LifePorts {
  readonly now: () => number
  /** From 0 to 1. */
  readonly luck: () => number
  /** Rejects when `signal` is aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
  /** Of the certificate there is; null: there is none. */
  readonly validity: (certificate: AcmeCertificate) => Validity | null
  /** Chain and key. Throws what went wrong. */
  readonly issue: (certificate: AcmeCertificate, signal: AbortSignal) => Promise<string>
  readonly issued: (certificate: AcmeCertificate, text: string) => void
  readonly log: (level: LogLevel, text: string) => void
}

interface Due {
  readonly certificate: AcmeCertificate
  dueMs: number
  /** In a row. */
  failures: number
}

/** An issuer that answers, but never comes to an end. */
const PATIENCE_MS = 600_000
/** Clocks are set, and machines sleep: no wait is longer. */
const LONGEST_MS = 3_600_000

export class IssuerLife {
  readonly #ports: LifePorts
  readonly #due: readonly Due[]
  readonly #closing = new AbortController()
  /** Resolves when it has been closed and nothing of it runs any more. */
  readonly ended: Promise<void>

  constructor(certificates: readonly AcmeCertificate[], ports: LifePorts) {
    this.#ports = ports
    this.#due = certificates.map(certificate => ({ certificate, dueMs: this.#next(certificate), failures: 0 }))
    this.ended = this.#run()
  }

  close(): void {
    this.#closing.abort()
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      const first = this.#due.reduce((one, other) => (other.dueMs < one.dueMs ? other : one))
      const restMs = first.dueMs - this.#ports.now()
      if (restMs > 0) await this.#ports.wait(Math.min(restMs, LONGEST_MS), signal).catch(() => {})
      else await this.#ask(first)
    }
  }

  async #ask(due: Due): Promise<void> {
    const { issue, issued, log, now } = this.#ports
    const { certificate } = due
    const names = certificate.identifiers.join(', ')
    const { signal } = this.#closing
    try {
      const text = await issue(certificate, AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]))
      if (signal.aborted) return
      issued(certificate, text)
      due.failures = 0
      due.dueMs = this.#next(certificate)
      // With a clock that is wrong it would be asked for without end.
      if (due.dueMs <= now()) due.dueMs = now() + LEAST_MS
      log('notice', `"${certificate.issuer}" issued a certificate for ${names}, ${this.#span(due)}`)
    } catch (error) {
      if (signal.aborted) return
      due.failures++
      due.dueMs = now() + retryMs(setback(error), due.failures, this.#ports.luck())
      log('error', `no certificate for ${names} from "${certificate.issuer}": ${reason(error)}; ${this.#span(due)}`)
    }
  }

  #next(certificate: AcmeCertificate): number {
    const { validity, luck } = this.#ports
    const there = validity(certificate)
    return there === null ? 0 : renewalMs(there, luck())
  }

  /** How long there is one, and when it is asked for next. */
  #span({ certificate, dueMs }: Due): string {
    const { validity, now } = this.#ports
    const there = validity(certificate)
    const one =
      there === null
        ? 'there is none yet'
        : `the one in use ${there.untilMs < now() ? 'ended' : 'is good until'} ${date(there.untilMs)}`
    return `${one}, next asked for at ${date(dueMs)}`
  }
}

const LEAST_MS = 300_000

function setback(error: unknown): Setback {
  return error instanceof AcmeProblem ? error : { unreachable: true, retryAfterMs: null }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function date(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+/, '')
}
