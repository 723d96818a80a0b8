/**
 * A proxy under test: evenkeel, or real nginx behind the same verbs, so that any scenario can be held against the original.
 *
 * Run the suite with `SCENARIO_BINARY=/usr/sbin/nginx` to see which expectations nginx itself does not meet: each of those
 * is a deliberate difference and belongs into docs/differences.md, or a mistake in the test.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { configurationOf } from './configuration.ts'
import { Ports } from './ports.ts'
import { find } from './requires.ts'
import { until } from './wait.ts'

export interface ProxyOptions {
  /**
   * Either what stands inside `http {}`, or a whole file with its own `http {}`. What it does not say of daemon, pid, logs and
   * workers is added. `ports.anything` is a free port, the same each time it is named.
   */
  readonly config: (ports: Readonly<Record<string, number>>) => string
  readonly workers?: number
  /** Files to write below the prefix first: `{ 'html/a.txt': 'text' }`. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  readonly env?: Readonly<Record<string, string>>
  /** Level of error.log; `info` unless told. */
  readonly logLevel?: string
  /** Another program than evenkeel's own, started the same way: one that wraps it. */
  readonly program?: string
  /** Do not fail at the end for an [alert] in error.log, or for a process that has died: the test is about just that. */
  readonly expectTrouble?: boolean
}

/** Starts evenkeel from the checkout; resolves when it listens. */
export async function startProxy(options: ProxyOptions): Promise<Proxied> {
  const other = process.env['SCENARIO_BINARY']
  if (other !== undefined) return startBinary([other], 'nginx', options)
  const main = options.program ?? resolve(import.meta.dirname, '../../src/cli/main.ts')
  return startBinary([process.execPath, main], 'evenkeel', options)
}

/** Starts the machine's nginx, as the oracle. */
export async function startNginx(options: ProxyOptions): Promise<Proxied> {
  const binary = find('nginx')
  if (binary === undefined) throw new Error('nginx is not installed: give the test { skip: unless("nginx") }')
  return startBinary([binary], 'nginx', options)
}

async function startBinary(
  command: readonly string[],
  kind: 'evenkeel' | 'nginx',
  options: ProxyOptions,
): Promise<Proxied> {
  const prefix = mkdtempSync(join(tmpdir(), 'evenkeel-'))
  const ports = await Ports.reserve(12)
  const proxied = new Proxied(command, kind, prefix, ports, options)
  try {
    await proxied.start()
  } catch (error) {
    await proxied.abandon()
    throw error
  }
  return proxied
}

export class Proxied {
  /** The folder given as `-p`; with a slash at the end. */
  readonly prefix: string
  readonly #command: readonly string[]
  readonly #kind: 'evenkeel' | 'nginx'
  readonly #ports: Ports
  readonly #options: ProxyOptions
  #child: ChildProcess | undefined
  #output = ''
  #stopped = false

  constructor(
    command: readonly string[],
    kind: 'evenkeel' | 'nginx',
    prefix: string,
    ports: Ports,
    options: ProxyOptions,
  ) {
    this.prefix = `${prefix}/`
    this.#command = command
    this.#kind = kind
    this.#ports = ports
    this.#options = options
  }

  /** The port of that name in the configuration; without a name the first. */
  port(name?: string): number {
    return this.#ports.get(name)
  }

  get pid(): number {
    const pid = this.#child?.pid
    if (pid === undefined) throw new Error('it could not be started')
    return pid
  }

  /** What it wrote to stdout and stderr. */
  get output(): string {
    return this.#output
  }

  /** All of error.log; with a pattern, as soon as that stands in it. */
  async errorLog(pattern?: RegExp): Promise<string> {
    return this.#log('error.log', text => pattern === undefined || pattern.test(text), `${pattern} in error.log`)
  }

  /** The lines of access.log, as soon as there are that many: an answer may arrive before its line is written. */
  async accessLog(atLeast = 0): Promise<string[]> {
    const lines = (text: string): string[] => text.split('\n').slice(0, -1)
    const enough = (text: string): boolean => lines(text).length >= atLeast
    return lines(await this.#log('access.log', enough, `${atLeast} lines in access.log`))
  }

  /** Text of any file below the prefix; empty when there is none. */
  read(path: string): string {
    try {
      return readFileSync(join(this.prefix, path), 'utf8')
    } catch {
      return ''
    }
  }

  write(path: string, content: string | Uint8Array): void {
    mkdirSync(dirname(join(this.prefix, path)), { recursive: true })
    writeFileSync(join(this.prefix, path), content)
  }

  /** Writes another configuration, for a reload: `proxy.configure(…)`, then `proxy.signal('HUP')`. */
  configure(config: ProxyOptions['config']): void {
    const { workers = 1, logLevel = 'info' } = this.#options
    this.write('nginx.conf', configurationOf(config(this.#ports.byName), { kind: this.#kind, workers, logLevel }))
  }

  signal(name: 'HUP' | 'USR1' | 'USR2' | 'WINCH' | 'QUIT' | 'TERM' | 'INT' | 'KILL'): void {
    process.kill(this.pid, `SIG${name}`)
  }

  /** Resolves with the exit code (null: ended by a signal) once the process has ended by itself or by `signal`. */
  async exited(): Promise<number | null> {
    const child = this.#child
    if (child === undefined) return null
    await until(
      () => `the process to end\n${this.#trouble()}`,
      () => hasEnded(child) || undefined,
    )
    this.#stopped = true
    return child.exitCode
  }

  /** Takes nothing new, finishes what is open, exits; fails when it does not do so well. */
  async stop(): Promise<void> {
    if (this.#stopped) return
    this.signal('QUIT')
    const code = await this.exited()
    if (code !== 0) throw new Error(`ended with code ${code} when told to quit\n${this.#trouble()}`)
  }

  /** Again after it has ended, too: on the same ports, over the same files. */
  async start(): Promise<void> {
    this.#stopped = false
    for (const folder of ['logs', 'html', 'temp']) mkdirSync(this.prefix + folder, { recursive: true })
    for (const [path, content] of Object.entries(this.#options.files ?? {})) this.write(path, content)
    this.configure(this.#options.config)

    const [program = '', ...before] = this.#command
    const argv = [...before, '-p', this.prefix, '-c', 'nginx.conf', '-e', 'error.log']
    const child = spawn(program, argv, {
      env: { ...process.env, ...this.#options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    child.on('error', error => (this.#output += String(error)))
    for (const stream of [child.stdout, child.stderr]) stream.on('data', part => (this.#output += String(part)))

    await until(
      () => `its pid file\n${this.#trouble()}`,
      () => {
        if (hasEnded(child) || child.pid === undefined) throw new Error(`it did not start\n${this.#trouble()}`)
        return this.read('nginx.pid').trim() === String(child.pid) || undefined
      },
      // A start reads hundreds of files: on a machine with other things to do that may take a while.
      60_000,
    )
  }

  /** Kills and cleans up without asking whether all was well. */
  async abandon(): Promise<void> {
    const child = this.#child
    if (child?.pid !== undefined && !hasEnded(child)) {
      child.kill('SIGKILL')
      await until(
        () => 'the process to be gone',
        () => hasEnded(child) || undefined,
      )
    }
    this.#ports.release()
    rmSync(this.prefix, { recursive: true, force: true, maxRetries: 3 })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#endWell()
    } finally {
      await this.abandon()
    }
  }

  /** What every scenario asserts besides its own: it lived to the end, went when told, and had nothing to alert of. */
  async #endWell(): Promise<void> {
    const child = this.#child
    if (this.#options.expectTrouble === true || child === undefined) return
    if (!this.#stopped) {
      if (hasEnded(child)) throw new Error(`it died during the test\n${this.#trouble()}`)
      this.signal('TERM')
      const code = await this.exited()
      if (code !== 0) throw new Error(`ended with code ${code} when told to terminate\n${this.#trouble()}`)
    }
    if (this.read('error.log').includes('[alert]')) throw new Error(`error.log has an [alert]\n${this.#trouble()}`)
  }

  async #log(path: string, enough: (text: string) => boolean, what: string): Promise<string> {
    return until(
      () => `${what}\n${this.#trouble()}`,
      () => {
        const text = this.read(path)
        return enough(text) ? text : undefined
      },
    )
  }

  #trouble(): string {
    const code = this.#child?.exitCode ?? this.#child?.signalCode ?? 'still running'
    return `exit: ${code}\noutput: ${this.#output}\nerror.log: ${this.read('error.log').slice(-3000)}`
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}
