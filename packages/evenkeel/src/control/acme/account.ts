/**
 * An account with an issuer: found or made with its key, and everything that is signed with that key (RFC 8555, 6.2 – 7.3).
 * Made anew for each certificate that is asked for: what the issuer said last time may be out of date.
 */
import type { KeyObject } from 'node:crypto'
import type { AcmeIssuer } from '../../model/acme.ts'
import { externalBinding, publicJwk, signed, thumbprint, type Json } from './keys.ts'
import { AcmeProblem, isRecord, readJson, refusal, textOf } from './problem.ts'
import type { AcmeAnswer, Transport } from './transport.ts'

export interface AccountParts {
  readonly issuer: AcmeIssuer
  readonly key: KeyObject
  /** Proves an account known already (external_account_key). */
  readonly mac: Buffer | null
  readonly transport: Transport
  readonly now: () => number
  readonly signal: AbortSignal
}

/** badNonce says nothing about the request. */
const TRIES = 6

export class Account {
  readonly #parts: AccountParts
  readonly #directory: Json
  #kid = ''
  #nonce = ''

  /** Reads the directory, and finds or makes the account. */
  static async open(parts: AccountParts): Promise<Account> {
    const { issuer, transport, now, signal } = parts
    const what = `the directory ${issuer.uri}`
    const answer = await reach(what, transport(issuer.uri, { method: 'GET' }, signal))
    const directory = answer.status === 200 ? readJson(answer.text) : null
    if (directory === null) throw refusal(what, answer, now())
    const account = new Account(parts, directory)
    await account.#register()
    return account
  }

  private constructor(parts: AccountParts, directory: Json) {
    this.#parts = parts
    this.#directory = directory
  }

  /** '' where the issuer has no such thing. */
  url(of: string): string {
    return textOf(this.#directory[of])
  }

  hasProfile(name: string): boolean {
    const { meta } = this.#directory
    return isRecord(meta) && isRecord(meta['profiles']) && Object.hasOwn(meta['profiles'], name)
  }

  /** What a challenge with this token is answered with. */
  authorization(token: string): string {
    return `${token}.${thumbprint(this.#parts.key)}`
  }

  /** `payload` null reads. Throws unless the status begins with 2. */
  async post(what: string, url: string, payload: Json | null, accept?: string): Promise<AcmeAnswer> {
    const { key, transport, now, signal } = this.#parts
    const identity = this.#kid === '' ? { jwk: publicJwk(key) } : { kid: this.#kid }
    for (let tries = 1; ; tries++) {
      const body = signed(key, { ...identity, nonce: await this.#takeNonce(), url }, payload)
      const asked = transport(url, { method: 'POST', body, ...(accept === undefined ? {} : { accept }) }, signal)
      const answer = await reach(what, asked)
      this.#nonce = headerOf(answer, 'replay-nonce')
      if (answer.status >= 200 && answer.status < 300) return answer
      const problem = refusal(what, answer, now())
      if (problem.type !== 'badNonce' || tries === TRIES) throw problem
    }
  }

  async #takeNonce(): Promise<string> {
    const kept = this.#nonce
    this.#nonce = ''
    if (kept !== '') return kept
    const { transport, now, signal } = this.#parts
    const answer = await reach('a nonce', transport(this.url('newNonce'), { method: 'HEAD' }, signal))
    const nonce = headerOf(answer, 'replay-nonce')
    if (nonce === '') throw refusal('a nonce', answer, now())
    return nonce
  }

  async #register(): Promise<void> {
    const { issuer, key, mac } = this.#parts
    const { externalAccount: external } = issuer
    const url = this.url('newAccount')
    const contact = [...issuer.contacts]
    const binding =
      external === null || mac === null ? {} : { externalAccountBinding: externalBinding(key, external.kid, mac, url) }
    const agreed = issuer.acceptTerms ? { termsOfServiceAgreed: true } : {}
    let answer: AcmeAnswer
    try {
      answer = await this.post('the account', url, {
        ...(contact.length > 0 ? { contact } : {}),
        ...agreed,
        ...binding,
      })
    } catch (error) {
      throw this.#withTerms(error)
    }
    this.#kid = headerOf(answer, 'location')
    if (this.#kid === '') throw new AcmeProblem('the account: the issuer did not say where it is')
    const known = readJson(answer.text)?.['contact']
    // Who was there before keeps what it had, unless told.
    if (answer.status === 200 && JSON.stringify(known ?? []) !== JSON.stringify(contact)) {
      await this.post('the account', this.#kid, { contact })
    }
  }

  /** Where terms are to be read that nobody has agreed to. */
  #withTerms(error: unknown): unknown {
    const { meta } = this.#directory
    const terms = isRecord(meta) ? textOf(meta['termsOfService']) : ''
    if (this.#parts.issuer.acceptTerms || terms === '' || !(error instanceof AcmeProblem) || error.unreachable)
      return error
    const text = `${error.message} (to agree to the terms ${terms.slice(0, 500)} say "accept_terms_of_service;")`
    return new AcmeProblem(text, error)
  }
}

function headerOf({ headers }: AcmeAnswer, name: string): string {
  return textOf(headers[name])
}

async function reach(what: string, answer: Promise<AcmeAnswer>): Promise<AcmeAnswer> {
  try {
    return await answer
  } catch (error) {
    const text = error instanceof AggregateError ? String(error.errors[0]) : String(error)
    throw new AcmeProblem(`${what}: ${text.replace(/^(?:Aggregate)?Error: /, '')}`, { unreachable: true })
  }
}
