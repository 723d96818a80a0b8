/** Clients and benchmarks of Redis and PostgreSQL through a stream, with one of two servers killed and brought back. */
import assert from 'node:assert/strict'
import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { Ports } from '../scenario/ports.ts'
import { startProxy, type Proxied } from '../scenario/proxy.ts'
import { find, unless } from '../scenario/requires.ts'
import { until } from '../scenario/wait.ts'

const run = promisify(execFile)
/** Databases start, and are found again, in their own time. */
const PATIENCE_MS = 60_000

/** A server that is killed the hard way, and started again where it was. */
class Database implements AsyncDisposable {
  readonly port: number
  readonly #command: readonly string[]
  readonly #options: { readonly uid?: number; readonly gid?: number }
  #child: ChildProcess | null = null

  constructor(port: number, command: readonly string[], options: { uid?: number; gid?: number } = {}) {
    this.port = port
    this.#command = command
    this.#options = options
    this.start()
  }

  start(): void {
    const [program = '', ...argv] = this.#command
    this.#child = spawn(program, argv, { ...this.#options, stdio: 'ignore', cwd: '/' })
  }

  async kill(): Promise<void> {
    const child = this.#child
    this.#child = null
    if (child === null) return
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
  }
}

/** Waits until as many questions in a row are answered by all of these servers, and by nobody else. */
async function served(by: readonly string[], ask: () => Promise<string>): Promise<void> {
  let last: readonly string[] = []
  await until(
    () => `answers from ${by.join(' and ')}; last came ${last.join(' ')}`,
    async () => {
      const answers: string[] = []
      for (let time = 0; time < 4; time++) answers.push(await ask().catch(() => 'nobody'))
      last = answers
      return [...new Set(answers)].toSorted().join() === by.toSorted().join() || undefined
    },
    PATIENCE_MS,
  )
}

test(
  'redis-benchmark works through a stream, whichever of two servers is there',
  { skip: unless('redis-server') },
  async () => {
    const ports = await Ports.reserve(2)
    const [first, second] = [ports.byName['one']!, ports.byName['two']!]
    const redis = (port: number): Database => {
      const argv = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', '/tmp']
      return new Database(port, [find('redis-server')!, ...argv])
    }
    try {
      await using one = redis(first)
      await using two = redis(second)
      await using proxy = await startProxy({
        workers: 2,
        config: named => `
stream {
  match alive { send "PING\\r\\n"; expect "+PONG"; }
  upstream redis { server 127.0.0.1:${one.port}; server 127.0.0.1:${two.port}; }
  server {
    listen 127.0.0.1:${named.main};
    proxy_connect_timeout 1s;
    proxy_pass redis;
    health_check interval=200ms match=alive;
  }
}`,
      })
      const who = async (): Promise<string> => {
        const { stdout } = await run(find('redis-cli')!, ['-p', String(proxy.port()), 'INFO', 'server'])
        return /tcp_port:(\d+)/.exec(stdout)?.[1] ?? 'nobody'
      }
      const benchmark = async (): Promise<void> => {
        const argv = ['-p', String(proxy.port()), '-n', '5000', '-c', '20', '-t', 'set,get,lpush', '-d', '500', '-q']
        const { stdout } = await run(find('redis-benchmark')!, argv)
        for (const name of ['SET', 'GET', 'LPUSH'])
          assert.match(stdout, new RegExp(`${name}: [\\d.]+ requests per second`))
      }
      await served([String(first), String(second)], who)
      await benchmark()
      await one.kill()
      await served([String(second)], who)
      await benchmark()
      one.start()
      await served([String(first), String(second)], who)
      await benchmark()
    } finally {
      ports.release()
    }
  },
)

/** Where Debian keeps the newest PostgreSQL's own programs. */
function postgresFolder(): string | null {
  try {
    const versions = readdirSync('/usr/lib/postgresql').toSorted((a, b) => Number(b) - Number(a))
    return versions[0] === undefined ? null : `/usr/lib/postgresql/${versions[0]}/bin`
  } catch {
    return null
  }
}

const postgres = postgresFolder()

test(
  'pgbench works through a stream, whichever of two servers is there',
  { skip: postgres === null ? 'needs postgres' : false },
  async () => {
    const ports = await Ports.reserve(2)
    const folder = mkdtempSync(join(tmpdir(), 'evenkeel-postgres-'))
    // It does not run as root.
    const owner = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : {}
    if (owner.uid !== undefined) chownSync(folder, owner.uid, owner.gid)
    const template = join(folder, 'template')
    const initial = ['-D', template, '-A', 'trust', '-U', 'bench', '--no-sync', '--locale=C', '-E', 'UTF8']
    execFileSync(`${postgres}/initdb`, initial, { ...owner, cwd: '/', stdio: 'ignore' })
    const database = (port: number): Database => {
      const data = join(folder, String(port))
      // Making one takes seconds.
      execFileSync('cp', ['-a', template, data])
      const settings = ['-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off']
      const own = ['-D', data, '-k', data, '-c', 'shared_buffers=16MB', '-c', 'max_connections=40']
      return new Database(port, [`${postgres}/postgres`, ...own, ...settings], owner)
    }
    try {
      await using one = database(ports.byName['one']!)
      await using two = database(ports.byName['two']!)
      await using proxy = await startProxy({
        workers: 2,
        config: named => `
stream {
  # What a client asks first: whether there is TLS. Only PostgreSQL answers so.
  match postgres { send "\\x00\\x00\\x00\\x08\\x04\\xd2\\x16\\x2f"; expect ~ "^[NS]"; }
  upstream postgres { server 127.0.0.1:${one.port}; server 127.0.0.1:${two.port}; }
  server {
    listen 127.0.0.1:${named.main};
    proxy_connect_timeout 1s;
    proxy_pass postgres;
    health_check interval=200ms match=postgres;
  }
}`,
      })
      const sql = async (port: number, text: string): Promise<string> => {
        const argv = ['-h', '127.0.0.1', '-p', String(port), '-U', 'bench', '-d', 'postgres', '-At', '-c', text]
        return (await run(`${postgres}/psql`, argv)).stdout.trim()
      }
      const who = (): Promise<string> => sql(proxy.port(), 'select inet_server_port()')
      for (const { port } of [one, two]) {
        await until(
          () => 'a database to answer',
          () => sql(port, 'select 1').catch(() => undefined),
          PATIENCE_MS,
        )
        await pgbench(port, ['-i', '-q'])
      }
      await served([String(one.port), String(two.port)], who)
      await bench(proxy)
      await one.kill()
      await served([String(two.port)], who)
      await bench(proxy)
      one.start()
      await served([String(one.port), String(two.port)], who)
      await bench(proxy)
    } finally {
      ports.release()
      rmSync(folder, { recursive: true, force: true })
    }
  },
)

/** Transactions on kept connections, and questions with a connection each. */
async function bench(proxy: Proxied): Promise<void> {
  const kept = await pgbench(proxy.port(), ['-n', '-c', '4', '-t', '50'])
  assert.match(kept, /number of transactions actually processed: 200\/200/)
  assert.match(kept, /number of failed transactions: 0 /)
  const fresh = await pgbench(proxy.port(), ['-n', '-S', '-C', '-c', '4', '-t', '25'])
  assert.match(fresh, /number of transactions actually processed: 100\/100/)
}

async function pgbench(port: number, argv: readonly string[]): Promise<string> {
  const where = ['-h', '127.0.0.1', '-p', String(port), '-U', 'bench']
  return (await run(`${postgres}/pgbench`, [...where, ...argv, 'postgres'])).stdout
}

function idOf(which: '-u' | '-g'): number {
  return Number(execFileSync('id', [which, 'postgres'], { encoding: 'utf8' }))
}
