/**
 * Certificates that are asked for over ACME (RFC 8555): who issues them, and which servers have them. The words are those
 * of nginx's own module for it.
 */
import type { HttpModel, ServerModel } from './model.ts'
import type { Template } from './template.ts'

export type AcmeKey = 'ecdsa:256' | 'ecdsa:384' | 'ecdsa:521' | 'rsa:2048' | 'rsa:3072' | 'rsa:4096'

export const acmeKeys: readonly AcmeKey[] = ['ecdsa:256', 'ecdsa:384', 'ecdsa:521', 'rsa:2048', 'rsa:3072', 'rsa:4096']

export type AcmeChallenge = 'http-01' | 'tls-alpn-01'

export interface AcmeIssuer {
  readonly name: string
  /** Of its directory; https. */
  readonly uri: string
  /** Made when it is first needed and kept in `statePath`, or read from a file. */
  readonly accountKey:
    | { readonly kind: 'made'; readonly key: AcmeKey }
    | { readonly kind: 'file'; readonly path: string }
  readonly challenge: AcmeChallenge
  /** URLs, most often `mailto:`. */
  readonly contacts: readonly string[]
  /** Binds the account to one the issuer knows already; the key is base64url, or the path of a file with it. */
  readonly externalAccount: {
    readonly kid: string
    readonly key: { readonly kind: 'data' | 'file'; readonly text: string }
  } | null
  /** Common name of the authority at the top of the chain that is chosen where there are several; null: the first. */
  readonly preferredChain: string | null
  /** A profile of the issuer; one that is not required is left out where the issuer does not have it. */
  readonly profile: { readonly name: string; readonly required: boolean } | null
  /** Authorities that vouch for the issuer's own server; null: those of Node. */
  readonly trustedCertificate: string | null
  readonly verify: boolean
  /** Folder of account key and certificates, relative to the prefix; null: nothing is kept. */
  readonly statePath: string | null
  readonly acceptTerms: boolean
  /** The first name also stands as common name in what is asked for. */
  readonly commonName: boolean
}

/** `acme_certificate` of a server. */
export interface AcmeOrder {
  readonly issuer: string
  /** Hosts and addresses; empty: the names of the server. */
  readonly identifiers: readonly string[]
  readonly key: AcmeKey
}

/** One certificate: of several servers, if they ask for the same. */
export interface AcmeCertificate {
  /** What stands for it in `ssl_certificate`: begins with ACME. */
  readonly name: string
  readonly issuer: string
  readonly identifiers: readonly string[]
  readonly key: AcmeKey
}

/** Begins the name of a certificate that is no file. */
export const ACME = 'acme:'

export const acmeVariables = { certificate: 'acme_certificate', key: 'acme_certificate_key' } as const

/** null: the server has none. */
export function acmeCertificate({ acmeCertificate: order, names }: ServerModel): AcmeCertificate | null {
  if (order === undefined) return null
  const own = names.flatMap(name => (name.kind === 'exact' && isIdentifier(name.text) ? [name.text] : []))
  const identifiers = [...new Set(order.identifiers.length > 0 ? order.identifiers : own)]
  const name = `${ACME}${order.issuer} ${order.key} ${identifiers.join(' ')}`
  return { name, issuer: order.issuer, identifiers, key: order.key }
}

/** Of all servers, each once. */
export function acmeCertificates({ servers }: HttpModel): AcmeCertificate[] {
  const found = servers.map(acmeCertificate).filter(one => one !== null)
  return [...new Map(found.map(one => [one.name, one])).values()]
}

/** `names` of certificates or keys with the variable in the place of the one it stands for. */
export function namedByAcme(names: readonly Template[], variable: string, certificate: AcmeCertificate): Template[] {
  return names.map(name => (isVariable(name, variable) ? [certificate.name] : name))
}

export function isVariable(name: Template, variable: string): boolean {
  const [part] = name
  return name.length === 1 && typeof part === 'object' && 'variable' in part && part.variable === variable
}

/** A host with a dot or an address: what somebody outside can be asked to vouch for. */
export function isIdentifier(text: string): boolean {
  return (
    isAddress(text) || /^(?=.{4,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/.test(text)
  )
}

export function isAddress(text: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(text) || (text.includes(':') && /^[0-9a-f:.]+$/.test(text))
}
