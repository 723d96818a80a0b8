/** Certificates for tests, made by openssl as users make them. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Pair {
  readonly certificate: string
  readonly key: string
}

/** Signs itself. `kind` as openssl's -newkey has it. */
export function selfSigned(name: string, kind: 'rsa:2048' | 'ec' = 'ec'): Pair {
  return inFolder(folder => {
    const newKey = kind === 'ec' ? ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'] : ['-newkey', kind]
    run(
      folder,
      'req',
      '-x509',
      '-nodes',
      ...newKey,
      '-keyout',
      'key',
      '-out',
      'crt',
      '-subj',
      `/CN=${name}`,
      '-days',
      '2',
    )
    return { certificate: read(folder, 'crt'), key: read(folder, 'key') }
  })
}

/** Signed by `authority`. */
export function signed(name: string, authority: Pair, extensions = 'basicConstraints=CA:FALSE'): Pair {
  return inFolder(folder => {
    const config = `[e]\n${extensions}\n`
    execFileSync('tee', ['ca.crt'], { cwd: folder, input: authority.certificate })
    execFileSync('tee', ['ca.key'], { cwd: folder, input: authority.key })
    execFileSync('tee', ['ext'], { cwd: folder, input: config })
    run(
      folder,
      'req',
      '-new',
      '-nodes',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-keyout',
      'key',
      '-out',
      'csr',
      '-subj',
      `/O=Example, Inc./CN=${name}`,
    )
    run(
      folder,
      'x509',
      '-req',
      '-in',
      'csr',
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      '-set_serial',
      '0x1234',
      '-days',
      '2',
      '-extfile',
      'ext',
      '-extensions',
      'e',
      '-out',
      'crt',
    )
    return { certificate: read(folder, 'crt'), key: read(folder, 'key') }
  })
}

/** The key behind a pass phrase. */
export function locked({ key }: Pair, passphrase: string): string {
  return execFileSync('openssl', ['pkcs8', '-topk8', '-passout', `pass:${passphrase}`], {
    input: key,
    stdio: ['pipe', 'pipe', 'ignore'],
  }).toString()
}

function inFolder<T>(act: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'certificates-'))
  try {
    return act(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function run(folder: string, ...words: string[]): void {
  execFileSync('openssl', words, { cwd: folder, stdio: 'ignore' })
}

function read(folder: string, name: string): string {
  return readFileSync(join(folder, name), 'latin1')
}
