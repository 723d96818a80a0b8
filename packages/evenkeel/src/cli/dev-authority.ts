/** The authority of `evenkeel dev`: made once for a user, kept where only they can read its key. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { UsageError } from './speech.ts'
import { developmentAuthority, isUsableAuthority } from '../control/certificates/development-certificate.ts'

export interface Authority {
  /** Certificate and key. */
  readonly pem: string
  /** Its certificate alone, to be trusted. */
  readonly certificatePath: string
  /** It was made just now. */
  readonly fresh: boolean
}

export function openAuthority(env: NodeJS.ProcessEnv, now: Date): Authority {
  const folder = join(env['XDG_DATA_HOME'] || join(homedir(), '.local/share'), 'evenkeel')
  const keyPath = join(folder, 'dev-authority.key.pem')
  const certificatePath = join(folder, 'dev-authority.pem')
  const kept = read(keyPath)
  if (kept !== null && isUsableAuthority(kept, now)) {
    if (read(certificatePath) !== certificateOf(kept)) writeFileSync(certificatePath, certificateOf(kept))
    return { pem: kept, certificatePath, fresh: false }
  }
  const pem = developmentAuthority(now)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    writeFileSync(keyPath, pem, { mode: 0o600 })
    writeFileSync(certificatePath, certificateOf(pem))
  } catch (error) {
    const why = (error as Error).message
    throw new UsageError(`the local authority cannot be kept: ${why}; name a folder of yours in XDG_DATA_HOME`)
  }
  return { pem, certificatePath, fresh: true }
}

/** How systems are told to trust it. */
export function trustText(path: string, platform: NodeJS.Platform): string {
  if (platform === 'darwin')
    return `sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain ${path}`
  return `sudo cp ${path} /usr/local/share/ca-certificates/evenkeel-dev.crt && sudo update-ca-certificates`
}

function certificateOf(pem: string): string {
  return pem.slice(0, pem.indexOf('-----BEGIN PRIVATE KEY'))
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
