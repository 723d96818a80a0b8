/**
 * Sees to it that every certificate a configuration wants over ACME is there and stays good, one at a time with each
 * issuer. Nobody waits for it: servers start without, and what goes wrong changes nothing about a certificate there is.
 */
import { setTimeout as pass } from 'node:timers/promises'
import { acmeCertificates, type AcmeCertificate, type AcmeIssuer } from '../../model/acme.ts'
import type { LogLevel, Model } from '../../model/model.ts'
import type { ResolverModel } from '../../model/settings.ts'
import { Account } from './account.ts'
import { Challenges } from './challenges.ts'
import { validityOf, type AcmeFiles } from './files.ts'
import { issue } from './issue.ts'
import { IssuerLife, type LifePorts } from './life.ts'
import { httpsTransport } from './transport.ts'

export interface KeeperParts {
  readonly files: AcmeFiles
  /** Shared with the workers, who show what is on it. */
  readonly board: SharedArrayBuffer
  readonly log: (level: LogLevel, text: string) => void
  /** A certificate was issued. */
  readonly changed: () => void
}

export class AcmeKeeper {
  readonly #parts: KeeperParts
  readonly #challenges: Challenges
  /** By all that makes one what it is: a reload that changes nothing about it does not disturb it. */
  #lives = new Map<string, IssuerLife>()

  constructor(parts: KeeperParts) {
    this.#parts = parts
    this.#challenges = new Challenges(parts.board)
  }

  /** From here on for this configuration, which `files` has loaded. */
  keep({ http }: Model): void {
    const certificates = http === null ? [] : acmeCertificates(http)
    const before = this.#lives
    this.#lives = new Map()
    for (const issuer of http?.acmeIssuers ?? []) {
      const own = certificates.filter(one => one.issuer === issuer.name)
      if (own.length === 0) continue
      const resolver = http?.settings.resolver ?? null
      const key = JSON.stringify([issuer, own, resolver])
      this.#lives.set(key, before.get(key) ?? new IssuerLife(own, this.#ports(issuer, resolver)))
      before.delete(key)
    }
    for (const life of before.values()) life.close()
    this.#parts.files.keep(certificates)
  }

  close(): void {
    for (const life of this.#lives.values()) life.close()
    this.#lives.clear()
  }

  #ports(issuer: AcmeIssuer, resolver: ResolverModel | null): LifePorts {
    const { files, log, changed } = this.#parts
    return {
      now: Date.now,
      luck: Math.random,
      wait: unhurried,
      validity: certificate => {
        const text = files.text(certificate.name)
        return text === undefined ? null : validityOf(text)
      },
      issue: (certificate, signal) => this.#issue(issuer, resolver, certificate, signal),
      issued: (certificate, text) => {
        const wrong = files.put(issuer, certificate, text)
        if (wrong !== null) log('error', `acme: ${wrong}; the certificate is in use, but will not outlive this process`)
        changed()
      },
      log: (level, text) => log(level, `acme: ${text}`),
    }
  }

  async #issue(
    issuer: AcmeIssuer,
    resolver: ResolverModel | null,
    certificate: AcmeCertificate,
    signal: AbortSignal,
  ): Promise<string> {
    const { files } = this.#parts
    const { mac, authorities } = files.of(issuer)
    const account = await Account.open({
      issuer,
      key: await files.accountKey(issuer),
      mac,
      transport: httpsTransport({ authorities, verify: issuer.verify, resolver }),
      now: Date.now,
      signal,
    })
    const wait = (ms: number): Promise<void> => unhurried(ms, signal)
    return issue({ account, issuer, challenges: this.#challenges, now: Date.now, wait }, certificate)
  }
}

/** It keeps no process alive. */
function unhurried(ms: number, signal: AbortSignal): Promise<void> {
  return pass(ms, undefined, { signal, ref: false })
}
