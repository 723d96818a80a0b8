/** An issuer of certificates: Debian's pebble, which proves names as the real ones do, by connecting to us. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DnsServer } from '../scenario/dns.ts'
import { Ports } from '../scenario/ports.ts'
import { find } from '../scenario/requires.ts'
import { until } from '../scenario/wait.ts'
import { selfSigned, signed } from './certificates.ts'
import { askTls } from './tls-client.ts'

export interface PebbleOptions {
  /** How long its certificates are good for; 90 days unless told. */
  readonly validSeconds?: number
  readonly env?: Readonly<Record<string, string>>
  /** Members of its configuration. */
  readonly more?: Readonly<Record<string, unknown>>
}

export class Pebble implements AsyncDisposable {
  /** What vouches for pebble's own server. */
  readonly authority: string
  readonly #folder: string
  readonly #ports: Ports
  readonly #dns: DnsServer
  readonly #options: PebbleOptions
  #child: ChildProcess | null = null
  #output = ''

  static async start(options: PebbleOptions = {}): Promise<Pebble> {
    const folder = mkdtempSync(join(tmpdir(), 'pebble-'))
    const dns = await DnsServer.start({})
    const pebble = new Pebble(folder, await Ports.reserve(4), dns, options)
    pebble.names()
    await pebble.#run()
    return pebble
  }

  private constructor(folder: string, ports: Ports, dns: DnsServer, options: PebbleOptions) {
    this.#folder = folder
    this.#ports = ports
    this.#dns = dns
    this.#options = options
    const authority = selfSigned('pebble.example')
    const own = signed('localhost', authority, 'subjectAltName=DNS:acme.example')
    this.authority = authority.certificate
    writeFileSync(join(folder, 'crt'), own.certificate)
    writeFileSync(join(folder, 'key'), own.key)
  }

  /** Of a host that its own name server knows, and nobody else. */
  get uri(): string {
    return `https://acme.example:${this.#port('acme')}/dir`
  }

  get nameServer(): string {
    return this.#dns.address
  }

  /** Where it looks for a host over HTTP, and where over TLS. */
  get httpPort(): number {
    return this.#port('http')
  }

  get tlsPort(): number {
    return this.#port('tls')
  }

  get output(): string {
    return this.#output
  }

  /** How often something stands in its log. */
  count(pattern: RegExp): number {
    return [...this.#output.matchAll(new RegExp(pattern, 'g'))].length
  }

  /** All of these lead here. */
  names(...names: string[]): void {
    this.#dns.records = Object.fromEntries(['acme.example', ...names].map(name => [name, { a: ['127.0.0.1'] }]))
  }

  async #run(): Promise<void> {
    const config = {
      listenAddress: `127.0.0.1:${this.#port('acme')}`,
      managementListenAddress: `127.0.0.1:${this.#port('management')}`,
      certificate: join(this.#folder, 'crt'),
      privateKey: join(this.#folder, 'key'),
      httpPort: this.httpPort,
      tlsPort: this.tlsPort,
      certificateValidityPeriod: this.#options.validSeconds ?? 90 * 86_400,
      ...this.#options.more,
    }
    const file = join(this.#folder, 'config.json')
    writeFileSync(file, JSON.stringify({ pebble: config }))
    const child = spawn(find('pebble')!, ['-config', file, '-dnsserver', this.#dns.address], {
      env: { ...process.env, PEBBLE_VA_NOSLEEP: '1', PEBBLE_AUTHZREUSE: '0', ...this.#options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    for (const stream of [child.stdout, child.stderr]) stream.on('data', part => (this.#output += String(part)))
    await until(
      () => `pebble to answer\n${this.#output}`,
      async () => {
        const answer = await askTls(this.#port('acme'), { path: '/dir' }).catch(() => null)
        return answer?.status === 200 || undefined
      },
      30_000,
    )
  }

  async stop(): Promise<void> {
    const child = this.#child
    this.#child = null
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    await this.#dns[Symbol.asyncDispose]()
    this.#ports.release()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #port(name: string): number {
    return this.#ports.byName[name]!
  }
}
