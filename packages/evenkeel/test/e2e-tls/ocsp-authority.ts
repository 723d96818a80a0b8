/** An authority that says whether its certificates still hold, in openssl's answers. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { selfSigned, signed, type Pair } from './certificates.ts'

export class OcspAuthority implements AsyncDisposable {
  readonly pair: Pair = selfSigned('authority.example')
  /** What it is asked, decoded. */
  readonly asked: Buffer[] = []
  /** What it answers; null: status 500. */
  answer: Buffer | null = null
  readonly #server: Server = createServer((request, response) => {
    this.asked.push(Buffer.from(decodeURIComponent((request.url ?? '').replace(/^.*\//, '')), 'base64'))
    if (this.answer === null) response.writeHead(500).end()
    else response.writeHead(200, { 'Content-Type': 'application/ocsp-response' }).end(this.answer)
  })

  static async start(): Promise<OcspAuthority> {
    const authority = new OcspAuthority()
    authority.#server.listen(0, '127.0.0.1')
    await once(authority.#server, 'listening')
    return authority
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/status`
  }

  /** A certificate that names it as the one to ask. */
  issue(name: string): Pair {
    return signed(name, this.pair, `basicConstraints=CA:FALSE\nauthorityInfoAccess=OCSP;URI:${this.url}`)
  }

  /** DER of what openssl answers about one of its certificates; `by` signs it. */
  about({ certificate }: Pair, state: 'good' | 'revoked' | 'unknown', by: Pair = this.pair): Buffer {
    const folder = mkdtempSync(join(tmpdir(), 'ocsp-'))
    const files = {
      'ca.crt': this.pair.certificate,
      'by.crt': by.certificate,
      'by.key': by.key,
      crt: certificate,
      // serial of `signed`
      index: state === 'unknown' ? '' : `${lines[state]}\t1234\tunknown\t/CN=x\n`,
    }
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    const run = (...words: string[]): unknown => execFileSync('openssl', words, { cwd: folder, stdio: 'ignore' })
    run('ocsp', '-issuer', 'ca.crt', '-cert', 'crt', '-reqout', 'request', '-no_nonce')
    const signer = ['-index', 'index', '-CA', 'ca.crt', '-rsigner', 'by.crt', '-rkey', 'by.key']
    run('ocsp', ...signer, '-reqin', 'request', '-respout', 'response', '-ndays', '1')
    const answer = readFileSync(join(folder, 'response'))
    rmSync(folder, { recursive: true })
    return answer
  }

  /** What openssl makes of a request. */
  understands(request: Buffer): string {
    const folder = mkdtempSync(join(tmpdir(), 'ocsp-'))
    writeFileSync(join(folder, 'request'), request)
    const told = execFileSync('openssl', ['ocsp', '-reqin', 'request', '-req_text'], { cwd: folder, stdio: 'pipe' })
    rmSync(folder, { recursive: true })
    return told.toString()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }
}

const lines = { good: 'V\t491231235959Z\t', revoked: 'R\t491231235959Z\t200101000000Z' }
