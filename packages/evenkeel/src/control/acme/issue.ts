/** One certificate, from the order to the chain (RFC 8555, 7.4): names proved, key made, request signed, chain fetched. */
import { X509Certificate } from 'node:crypto'
import { isAddress, type AcmeCertificate, type AcmeIssuer } from '../../model/acme.ts'
import type { Account } from './account.ts'
import type { Challenges } from './challenges.ts'
import { makeKey, type Json } from './keys.ts'
import { AcmeProblem, describe, isRecord, readJson, textOf } from './problem.ts'
import { readRetryAfter } from './schedule.ts'
import { signingRequest } from './signing-request.ts'
import type { AcmeAnswer } from './transport.ts'

export interface IssueParts {
  readonly account: Account
  readonly issuer: AcmeIssuer
  readonly challenges: Challenges
  readonly now: () => number
  /** Rejects when it was aborted. */
  readonly wait: (ms: number) => Promise<void>
}

/** Chain and key, PEM one after the other. Throws AcmeProblem. */
export async function issue(parts: IssueParts, certificate: AcmeCertificate): Promise<string> {
  const { account, issuer } = parts
  const { identifiers } = certificate
  const made = await account.post('the order', account.url('newOrder'), {
    identifiers: identifiers.map(value => ({ type: isAddress(value) ? 'ip' : 'dns', value })),
    ...profileOf(parts),
  })
  const url = textOf(made.headers['location'])
  const order = readJson(made.text) ?? {}
  for (const authorization of list(order['authorizations'])) await authorize(parts, authorization)
  const ready = await settle(parts, 'the order', url, status => status === 'pending')
  const key = await makeKey(certificate.key)
  const csr = signingRequest(key, identifiers, issuer.commonName ? (identifiers[0] ?? null) : null)
  await account.post('the request', textOf(ready['finalize']), { csr: csr.toString('base64url') })
  const done = await settle(parts, 'the order', url, status => status !== 'valid')
  const chain = await fetchChain(parts, textOf(done['certificate']))
  const leaf = readLeaf(chain)
  if (leaf === null || !leaf.checkPrivateKey(key)) throw new AcmeProblem('the issuer sent no certificate for our key')
  return `${chain.trimEnd()}\n${key.export({ type: 'pkcs8', format: 'pem' })}`
}

function profileOf({ account, issuer: { profile } }: IssueParts): Json {
  if (profile === null) return {}
  if (account.hasProfile(profile.name)) return { profile: profile.name }
  if (!profile.required) return {}
  throw new AcmeProblem(`the issuer has no profile "${profile.name}"`)
}

async function authorize(parts: IssueParts, url: string): Promise<void> {
  const { account, issuer, challenges, now } = parts
  const what = 'the proof of a name'
  const authorization = readJson((await account.post(what, url, null)).text) ?? {}
  if (authorization['status'] === 'valid') return
  const identifier = isRecord(authorization['identifier']) ? textOf(authorization['identifier']['value']) : ''
  const offered = (Array.isArray(authorization['challenges']) ? authorization['challenges'] : []).filter(isRecord)
  const challenge = offered.find(({ type }) => type === issuer.challenge)
  if (challenge === undefined) {
    const types = offered.map(({ type }) => textOf(type)).join(', ')
    throw new AcmeProblem(`the issuer does not take ${issuer.challenge} for ${identifier}, only ${types}`)
  }
  const token = textOf(challenge['token'])
  if (!/^[\w-]+$/.test(token)) throw new AcmeProblem('the issuer sent a challenge without a token')
  const answer = account.authorization(token)
  const open =
    issuer.challenge === 'http-01'
      ? challenges.openAnswer(token, answer)
      : challenges.openCertificate(identifier, answer, new Date(now()))
  try {
    if (!open) throw new AcmeProblem('too many challenges are open at a time')
    await account.post(what, textOf(challenge['url']), {})
    await settle(parts, `the proof of ${identifier}`, url, status => status === 'pending')
  } finally {
    challenges.close(token, identifier)
  }
}

/** Asks again while `unsettled`, at the issuer's pace; what has become invalid throws, with the reason. */
async function settle(
  { account, now, wait }: IssueParts,
  what: string,
  url: string,
  unsettled: (status: string) => boolean,
): Promise<Json> {
  for (let pace = FIRST_MS; ; pace = Math.min(2 * pace, MOST_MS)) {
    const answer = await account.post(what, url, null)
    const state = readJson(answer.text) ?? {}
    const status = textOf(state['status'])
    if (BAD.has(status)) throw new AcmeProblem(`${what} is ${status}${reasonOf(state)}`)
    if (!unsettled(status)) return state
    const asked = readRetryAfter(answer.headers['retry-after'], now())
    await wait(Math.min(asked ?? pace, LONGEST_MS))
  }
}

const FIRST_MS = 250
const MOST_MS = 5000
const LONGEST_MS = 60_000
const BAD = new Set(['invalid', 'expired', 'revoked', 'deactivated'])

/** An order has its error itself, an authorization in a challenge. */
function reasonOf(state: Json): string {
  const challenges = Array.isArray(state['challenges']) ? state['challenges'] : []
  const errors = [state, ...challenges].flatMap(one => (isRecord(one) && isRecord(one['error']) ? [one['error']] : []))
  const words = errors.map(error => describe(error).words).join('; ')
  return words === '' ? '' : `: ${words}`
}

async function fetchChain({ account, issuer }: IssueParts, url: string): Promise<string> {
  const get = (from: string): Promise<AcmeAnswer> => account.post('the certificate', from, null, PEM_CHAIN)
  const first = await get(url)
  const { preferredChain: wanted } = issuer
  if (wanted === null || topOf(first.text) === wanted) return first.text
  for (const other of alternates(first, url)) {
    const { text } = await get(other)
    if (topOf(text) === wanted) return text
  }
  return first.text
}

const PEM_CHAIN = 'application/pem-certificate-chain'

function alternates({ headers }: AcmeAnswer, base: string): string[] {
  const found = String(headers['link'] ?? '').matchAll(/<([^>]*)>\s*;[^,]*\brel="?alternate"?/g)
  return [...found].slice(0, 10).map(([, url = '']) => new URL(url, base).href)
}

/** Common name of who signed the last certificate of a chain. */
function topOf(chain: string): string {
  const last = chain.match(CERTIFICATES)?.at(-1)
  return last === undefined ? '' : (/^CN=(.*)$/m.exec(new X509Certificate(last).issuer)?.[1] ?? '')
}

const CERTIFICATES = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g

function readLeaf(chain: string): X509Certificate | null {
  try {
    return new X509Certificate(chain)
  } catch {
    return null
  }
}

function list(value: unknown): string[] {
  return Array.isArray(value) ? value.map(textOf) : []
}
