/**
 * Minutes of everything that goes wrong (aborts, resets, half-closes, WebSockets, broken origins) with a reload every few
 * seconds, and what the process holds meanwhile: memory after a forced collection, descriptors, threads.
 *
 *   node bench/soak.ts [--what http|stream] [--minutes 30] [--clients 32] [--workers 2] [--reload-ms 3000] [--json FILE]
 *
 * Samples are taken while nobody is connected, so that they can be compared to the byte and the descriptor.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pass } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Held } from './soak-balancer.ts'
import { SoakClients } from './soak-clients.ts'
import { startSoakOrigins } from './soak-origins.ts'
import { startStreamOrigins, streamConfiguration, streamVisits } from './soak-stream.ts'

const { values } = parseArgs({
  options: {
    what: { type: 'string', default: 'http' },
    minutes: { type: 'string', default: '30' },
    clients: { type: 'string', default: '32' },
    workers: { type: 'string', default: '2' },
    'reload-ms': { type: 'string', default: '3000' },
    json: { type: 'string' },
  },
})
const SAMPLES = 30
const reloadMs = Number(values['reload-ms'])

interface Sample extends Held {
  readonly minute: number
  readonly descriptors: number
  readonly threads: number
  readonly visits: number
}

const folder = mkdtempSync(join(tmpdir(), 'evenkeel-soak-'))
const isStream = values.what === 'stream'
const origins = await (isStream ? startStreamOrigins : startSoakOrigins)(3)
const port = await freePort()
const streamPorts = { tcp: port, half: await freePort(), preread: await freePort(), udp: await freePort() }
writeConfiguration(0)
const child = spawn(process.execPath, ['--expose-gc', join(import.meta.dirname, 'soak-balancer.ts'), folder], {
  stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
})
process.on('exit', () => {
  child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})
await message(child)

const minutes = Number(values.minutes)
const clients = new SoakClients(port, Number(values.clients), isStream ? streamVisits(streamPorts) : undefined)
const samples: Sample[] = []
let reloads = 0
const started = performance.now()
const elapsed = (): number => (performance.now() - started) / 60_000
console.log('  min   workers KB    main KB  conns  fds  threads  visits  reloads')
while (elapsed() < minutes) {
  const next = performance.now() + (minutes * 60_000) / SAMPLES
  while (performance.now() < next) {
    await pass(Math.min(reloadMs, Math.max(next - performance.now(), 0)))
    writeConfiguration(++reloads)
    child.kill('SIGHUP')
  }
  await clients.pause()
  // What the last of them left behind has to be noticed, and the last reload to be over.
  await pass(500)
  samples.push(await sample())
  clients.resume()
}
await clients.stop()
origins.stop()

// The first third is what caches and compiled code settle in.
const late = samples.slice(Math.floor(samples.length / 3))
const verdicts = [
  judge('workers', 'bytes', late, one => one.workers, 64 * 1024),
  judge('main', 'bytes', late, one => one.main, 64 * 1024),
  judge('descriptors', '', late, one => one.descriptors, 0.2),
  judge('threads', '', late, one => one.threads, 0.2),
]
for (const { what, unit, perMinute, error, grows } of verdicts) {
  console.log(`${what}: ${perMinute.toFixed(2)} ± ${error.toFixed(2)} ${unit} a minute: ${grows ? 'GROWS' : 'steady'}`)
}
const good = verdicts.every(({ grows }) => !grows)
console.log(good ? 'steady' : 'IT GROWS')
if (values.json !== undefined) {
  writeFileSync(
    values.json,
    `${JSON.stringify({ minutes, reloads, visits: clients.done, good, verdicts, samples }, null, 2)}\n`,
  )
}
process.exit(good ? 0 : 1)

async function sample(): Promise<Sample> {
  const asked = message(child) as Promise<Held>
  child.send('measure')
  const held = await asked
  const proc = `/proc/${child.pid}`
  const one: Sample = {
    ...held,
    minute: elapsed(),
    descriptors: readdirSync(`${proc}/fd`).length,
    threads: readdirSync(`${proc}/task`).length,
    visits: clients.done,
  }
  const kilo = (bytes: number): string => (bytes / 1024).toFixed(0).padStart(11)
  console.log(
    `${one.minute.toFixed(1).padStart(5)}  ${kilo(one.workers)}${kilo(one.main)}${String(one.connections).padStart(7)}` +
      `${String(one.descriptors).padStart(5)}${String(one.threads).padStart(9)}${String(one.visits).padStart(8)}${String(reloads).padStart(9)}`,
  )
  return one
}

/** The slope of a straight line through the samples. It grows if that is more than chance, and more than `least`. */
function judge(
  what: string,
  unit: string,
  list: readonly Sample[],
  of: (one: Sample) => number,
  least: number,
): { what: string; unit: string; perMinute: number; error: number; grows: boolean } {
  const mean = (all: readonly number[]): number => all.reduce((sum, one) => sum + one, 0) / all.length
  const x = list.map(one => one.minute)
  const y = list.map(of)
  const [mx, my] = [mean(x), mean(y)]
  const spread = x.reduce((sum, one) => sum + (one - mx) ** 2, 0)
  const perMinute = x.reduce((sum, one, index) => sum + (one - mx) * (y[index]! - my), 0) / spread
  const rest = y.reduce((sum, one, index) => sum + (one - my - perMinute * (x[index]! - mx)) ** 2, 0)
  const error = 2 * Math.sqrt(rest / Math.max(1, list.length - 2) / spread)
  return { what, unit, perMinute, error, grows: perMinute - error > 0 && perMinute > least }
}

function writeConfiguration(round: number): void {
  const shared = `daemon off; pid x.pid; error_log error.log crit; worker_processes ${values.workers}; worker_shutdown_timeout 2s; events {}`
  const inside = isStream ? streamConfiguration(streamPorts, origins.ports, round) : httpConfiguration(round)
  writeFileSync(join(folder, 'nginx.conf'), `${shared}\n${inside}`)
}

function httpConfiguration(round: number): string {
  const servers = origins.ports.map(one => `server 127.0.0.1:${one} max_fails=0;`).join(' ')
  return `
http {
  access_log off;
  proxy_http_version 1.1;
  client_body_buffer_size 16k;
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  upstream all { ${servers} keepalive 8; keepalive_timeout 1s; }
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://all; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade; }
    location /own { return 200 "round ${round}"; }
    location /missing { root html; }
  }
}
`
}

function message(from: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const ended = (): void => reject(new Error('the balancer has ended'))
    from.once('exit', ended)
    from.once('message', said => {
      from.off('exit', ended)
      resolve(said)
    })
  })
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port: found } = server.address() as { port: number }
  await new Promise(resolve => server.close(resolve))
  return found
}
