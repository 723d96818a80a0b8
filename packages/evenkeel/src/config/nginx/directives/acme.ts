/** Certificates over ACME, in the words of nginx's own module. */
import { acmeKeys, isAddress, isIdentifier, type AcmeIssuer, type AcmeKey } from '../../../model/acme.ts'
import type { Statement } from '../parser.ts'
import type { Draft, Place } from '../place.ts'
import { ANY, row, type Directive } from '../table.ts'
import { readFlag, readSize } from '../values.ts'

export const acmeDirectives: readonly Directive[] = [
  {
    ...row(
      'acme_issuer',
      ['http'],
      'name { uri ...; challenge ...; contact ...; state_path ...; ... }',
      null,
      'Who issues certificates over ACME: uri, account_key, challenge, contact, external_account_key, preferred_chain, profile, common_name_in_csr, ssl_trusted_certificate, ssl_verify, state_path, accept_terms_of_service.',
    ),
    block: true,
    apply: readIssuer,
  },
  {
    ...row(
      'acme_certificate',
      ['server'],
      'issuer [identifier ...] [key=alg[:size]]',
      null,
      'The server has a certificate of that issuer, for these names or those of server_name: `$acme_certificate`, `$acme_certificate_key`.',
    ),
    arguments: [1, ANY],
    apply: readOrder,
  },
  {
    ...row('acme_shared_zone', ['http'], 'zone=name:size', 'zone=ngx_acme_shared:256k', 'Accepted; memory is there.'),
    apply(place, statement) {
      if (!place.once(statement)) return
      const [, size] = /^zone=[^:]+:(.+)$/.exec(statement.words[1] ?? '') ?? []
      if (size === undefined) place.failDirective(statement, 'must have "zone" parameter')
      else if (readSize(size) === null) place.fail(statement, 1, `invalid zone size "${size}"`)
      else place.reading.ignored.push({ name: 'acme_shared_zone', position: statement.position })
    },
  },
]

type Issuer = Draft<AcmeIssuer>
interface Line {
  readonly least: number
  readonly most: number
  /** A text is what is wrong. */
  readonly read: (issuer: Issuer, words: readonly string[]) => string | undefined
}

function readIssuer(place: Place, statement: Statement): void {
  const { http } = place.reading
  if (http === null) return
  const name = statement.words[1] ?? ''
  if (!/^[\w.-]+$/.test(name)) {
    return place.fail(statement, 1, `invalid name "${name}" of an acme_issuer`, 'letters, digits and any of _ . -')
  }
  const issuer: Issuer = {
    name,
    uri: '',
    accountKey: { kind: 'made', key: 'ecdsa:256' },
    challenge: 'http-01',
    contacts: [],
    externalAccount: null,
    preferredChain: null,
    profile: null,
    trustedCertificate: null,
    verify: true,
    statePath: `acme_${name}`,
    acceptTerms: false,
    commonName: false,
  }
  const met = new Set<string>()
  for (const line of statement.block ?? []) readLine(place, line, issuer, met)
  if (!met.has('uri')) {
    return place.fail(
      statement,
      0,
      `no "uri" in acme_issuer "${name}"`,
      'name the directory: uri https://ISSUER/directory;',
    )
  }
  http.acmeIssuers ??= []
  place.mark(`acmeIssuers.${http.acmeIssuers.length}`, statement.position)
  http.acmeIssuers.push(issuer)
}

function readLine(place: Place, line: Statement, issuer: Issuer, met: Set<string>): void {
  const [name = '', ...words] = line.words
  const known = Object.hasOwn(lines, name) ? lines[name] : undefined
  if (line.block !== null) return place.fail(line, 0, 'unexpected "{"')
  if (known === undefined) {
    return place.fail(
      line,
      0,
      `unknown directive "${name}" in "acme_issuer"`,
      `it may be ${Object.keys(lines).join(', ')}`,
    )
  }
  if (words.length < known.least || words.length > known.most) {
    return place.fail(line, 0, `invalid number of arguments in "${name}" directive`)
  }
  if (met.has(name) && name !== 'contact') return place.failDirective(line, 'is duplicate')
  met.add(name)
  const wrong = words.includes('') ? 'invalid value ""' : known.read(issuer, words)
  if (wrong !== undefined) place.fail(line, 1, wrong)
}

const lines: Readonly<Record<string, Line>> = {
  uri: one((issuer, uri) => {
    if (!URL.canParse(uri) || !/^https:\/\//i.test(uri)) return `invalid uri "${uri}": it begins with https://`
    issuer.uri = uri
    return undefined
  }),
  account_key: one((issuer, text) => {
    const key = readKey(text)
    if (key === null) return badKey(text)
    issuer.accountKey = key === undefined ? { kind: 'file', path: text } : { kind: 'made', key }
    return undefined
  }),
  challenge: one((issuer, text) => {
    const kind = /^(http|tls-alpn)(?:-01)?$/.exec(text)?.[1]
    if (kind === undefined) return `unsupported challenge "${text}": it may be http-01 or tls-alpn-01`
    issuer.challenge = kind === 'http' ? 'http-01' : 'tls-alpn-01'
    return undefined
  }),
  contact: {
    least: 1,
    most: ANY,
    read(issuer, words) {
      const urls = words.map(text => (/^[a-z][a-z0-9+.-]*:/i.test(text) ? text : `mailto:${text}`))
      issuer.contacts = [...issuer.contacts, ...urls]
      return undefined
    },
  },
  external_account_key: {
    least: 2,
    most: 2,
    read(issuer, [kid = '', text = '']) {
      const data = text.startsWith('data:')
      if (data && !/^data:[\w-]+=*$/.test(text)) return 'invalid base64url encoded value'
      issuer.externalAccount = { kid, key: data ? { kind: 'data', text: text.slice(5) } : { kind: 'file', text } }
      return undefined
    },
  },
  preferred_chain: one((issuer, text) => {
    issuer.preferredChain = text
    return undefined
  }),
  profile: {
    least: 1,
    most: 2,
    read(issuer, [name = '', require]) {
      if (require !== undefined && require !== 'require') return `invalid parameter "${require}": it may be "require"`
      issuer.profile = { name, required: require !== undefined }
      return undefined
    },
  },
  common_name_in_csr: flag((issuer, on) => (issuer.commonName = on)),
  ssl_trusted_certificate: one((issuer, text) => {
    issuer.trustedCertificate = text
    return undefined
  }),
  ssl_verify: flag((issuer, on) => (issuer.verify = on)),
  state_path: one((issuer, text) => {
    issuer.statePath = text === 'off' ? null : text
    return undefined
  }),
  accept_terms_of_service: {
    least: 0,
    most: 0,
    read(issuer) {
      issuer.acceptTerms = true
      return undefined
    },
  },
}

function one(read: (issuer: Issuer, text: string) => string | undefined): Line {
  return { least: 1, most: 1, read: (issuer, [text = '']) => read(issuer, text) }
}

function flag(put: (issuer: Issuer, on: boolean) => void): Line {
  return one((issuer, text) => {
    const on = readFlag(text)
    if (on === null) return `invalid value "${text}", it must be "on" or "off"`
    put(issuer, on)
    return undefined
  })
}

function readOrder(place: Place, statement: Statement): void {
  const { server } = place
  if (server === null || !place.once(statement)) return
  const [, issuer = '', ...words] = statement.words
  const identifiers: string[] = []
  let key: AcmeKey = 'ecdsa:256'
  for (const [index, word] of words.entries()) {
    if (word.startsWith('key=')) {
      const read = readKey(word.slice(4))
      if (read === null || read === undefined) return place.fail(statement, index + 2, badKey(word.slice(4)))
      key = read
      continue
    }
    const name = word.toLowerCase().replace(/^\.(?=.)/, '')
    if (!isIdentifier(name) && !isAddress(name)) {
      const remedy = name.includes('*')
        ? 'wildcards can only be proved over DNS, which is not done here'
        : 'name a host or an address'
      return place.fail(statement, index + 2, `invalid identifier "${word}"`, remedy)
    }
    identifiers.push(name)
  }
  server.acmeCertificate = { issuer, identifiers, key }
  place.mark('acmeCertificate', statement.position)
}

/** undefined: it names no kind of key at all; null: one that there is not. */
function readKey(text: string): AcmeKey | null | undefined {
  const [kind, size] = text.split(':')
  if (kind !== 'ecdsa' && kind !== 'rsa') return undefined
  const written = `${kind}:${size ?? (kind === 'rsa' ? '2048' : '256')}`
  return acmeKeys.find(one => one === written) ?? null
}

function badKey(text: string): string {
  return `invalid key "${text}": it may be ${acmeKeys.join(', ')}`
}
