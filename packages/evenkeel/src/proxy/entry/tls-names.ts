/** Numbers of TLS by the names that OpenSSL has for them, as `$ssl_ciphers` and its like show them. */

const ciphers: Readonly<Record<number, string>> = {
  0x1301: 'TLS_AES_128_GCM_SHA256',
  0x1302: 'TLS_AES_256_GCM_SHA384',
  0x1303: 'TLS_CHACHA20_POLY1305_SHA256',
  0x1304: 'TLS_AES_128_CCM_SHA256',
  0xc02b: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  0xc02c: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  0xc02f: 'ECDHE-RSA-AES128-GCM-SHA256',
  0xc030: 'ECDHE-RSA-AES256-GCM-SHA384',
  0xcca8: 'ECDHE-RSA-CHACHA20-POLY1305',
  0xcca9: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  0xccaa: 'DHE-RSA-CHACHA20-POLY1305',
  0x009e: 'DHE-RSA-AES128-GCM-SHA256',
  0x009f: 'DHE-RSA-AES256-GCM-SHA384',
  0xc023: 'ECDHE-ECDSA-AES128-SHA256',
  0xc024: 'ECDHE-ECDSA-AES256-SHA384',
  0xc027: 'ECDHE-RSA-AES128-SHA256',
  0xc028: 'ECDHE-RSA-AES256-SHA384',
  0x0067: 'DHE-RSA-AES128-SHA256',
  0x006b: 'DHE-RSA-AES256-SHA256',
  0xc009: 'ECDHE-ECDSA-AES128-SHA',
  0xc00a: 'ECDHE-ECDSA-AES256-SHA',
  0xc013: 'ECDHE-RSA-AES128-SHA',
  0xc014: 'ECDHE-RSA-AES256-SHA',
  0x0033: 'DHE-RSA-AES128-SHA',
  0x0039: 'DHE-RSA-AES256-SHA',
  0x009c: 'AES128-GCM-SHA256',
  0x009d: 'AES256-GCM-SHA384',
  0x003c: 'AES128-SHA256',
  0x003d: 'AES256-SHA256',
  0x002f: 'AES128-SHA',
  0x0035: 'AES256-SHA',
}

const groups: Readonly<Record<number, string>> = {
  0x0017: 'prime256v1',
  0x0018: 'secp384r1',
  0x0019: 'secp521r1',
  0x001d: 'X25519',
  0x001e: 'X448',
  0x0100: 'ffdhe2048',
  0x0101: 'ffdhe3072',
  0x0102: 'ffdhe4096',
  0x11eb: 'SecP256r1MLKEM768',
  0x11ec: 'X25519MLKEM768',
  0x11ed: 'SecP384r1MLKEM1024',
}

/** Other names of groups in `ssl_ecdh_curve`. */
const sameGroup: Readonly<Record<string, string>> = {
  'p-256': 'prime256v1',
  secp256r1: 'prime256v1',
  'p-384': 'secp384r1',
  'p-521': 'secp521r1',
}

const signatures: Readonly<Record<number, string>> = {
  0x0401: 'rsa_pkcs1_sha256',
  0x0501: 'rsa_pkcs1_sha384',
  0x0601: 'rsa_pkcs1_sha512',
  0x0403: 'ecdsa_secp256r1_sha256',
  0x0503: 'ecdsa_secp384r1_sha384',
  0x0603: 'ecdsa_secp521r1_sha512',
  0x0804: 'rsa_pss_rsae_sha256',
  0x0805: 'rsa_pss_rsae_sha384',
  0x0806: 'rsa_pss_rsae_sha512',
  0x0807: 'ed25519',
  0x0808: 'ed448',
  0x0809: 'rsa_pss_pss_sha256',
  0x080a: 'rsa_pss_pss_sha384',
  0x080b: 'rsa_pss_pss_sha512',
  0x0904: 'mldsa44',
  0x0905: 'mldsa65',
  0x0906: 'mldsa87',
  0x0201: 'rsa_pkcs1_sha1',
  0x0203: 'ecdsa_sha1',
}

/** Says that renegotiation is safe; no cipher. */
const SIGNALLING = 0x00ff

export function cipherNames(numbers: readonly number[]): string {
  return names(
    numbers.filter(number => number !== SIGNALLING),
    ciphers,
  )
}

export function groupNames(numbers: readonly number[]): string {
  return names(numbers, groups)
}

export function signatureNames(numbers: readonly number[]): string {
  return names(numbers, signatures)
}

/** The groups of an `ssl_ecdh_curve`; null: OpenSSL's own. */
export function groupList(written: string): ReadonlySet<string> | null {
  if (written === 'auto') return null
  return new Set(written.split(':').map(name => (sameGroup[name.toLowerCase()] ?? name).toLowerCase()))
}

export function groupName(number: number): string {
  return groups[number] ?? unknown(number)
}

function names(numbers: readonly number[], table: Readonly<Record<number, string>>): string {
  return numbers.map(number => table[number] ?? unknown(number)).join(':')
}

function unknown(number: number): string {
  return '0x' + number.toString(16).padStart(4, '0')
}
