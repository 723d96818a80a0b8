/**
 * Reloads at full load with WebSockets, event streams and uploads: what the clients saw, and what the process holds
 * before, meanwhile and after (heaps after a forced collection, resident memory, descriptors, old configurations).
 *
 *   node bench/reloads.ts [--reloads 100] [--pause-ms 300] [--workers 2] [--clients 32] [--lasting 16]
 *
 * Ends with 1 if anybody was failed.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pass } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { LastingClients, startLastingOrigin } from '../packages/evenkeel/test/e2e-process/lasting.ts'
import { Load } from '../packages/evenkeel/test/e2e-process/load.ts'
import { Ports } from '../packages/evenkeel/test/scenario/ports.ts'
import type { Held } from './soak-balancer.ts'

const { values } = parseArgs({
  options: {
    reloads: { type: 'string', default: '100' },
    'pause-ms': { type: 'string', default: '300' },
    workers: { type: 'string', default: '2' },
    clients: { type: 'string', default: '32' },
    lasting: { type: 'string', default: '16' },
  },
})
const reloads = Number(values.reloads)
const clients = Number(values.clients)
const lasting = Number(values.lasting)

const folder = mkdtempSync(join(tmpdir(), 'evenkeel-reloads-'))
const ports = await Ports.reserve(1)
const port = ports.byName['main']!
await using one = await startLastingOrigin('one')
await using two = await startLastingOrigin('two')
writeConfiguration(0)
const child = spawn(process.execPath, ['--expose-gc', join(import.meta.dirname, 'soak-balancer.ts'), folder], {
  stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
})
process.on('exit', () => {
  child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})
await message(child)

console.log('                 workers KB    main KB    rss MB   fds  old')
// What is compiled and kept at the first use is not what a reload costs.
await traffic(3, false)
await show('before')
const { load, others } = await traffic(reloads, true)
await show('after')
const failures = [...load.failures, ...others.failures]
console.log(
  `${reloads} reloads: ${load.answers} answers (${load.lasts} with Connection: close), ${others.messages} messages, ` +
    `${others.events} events, ${others.uploads} uploads; ${failures.length} failures`,
)
for (const text of new Set(failures)) console.log(`  ${text}: ${failures.filter(other => other === text).length}`)
process.exit(failures.length === 0 ? 0 : 1)

async function traffic(rounds: number, shown: boolean): Promise<{ load: Load; others: LastingClients }> {
  const others = new LastingClients(port, { sockets: lasting, streams: lasting, uploads: lasting })
  const third = Math.ceil(clients / 3)
  const load = new Load({ port, kept: third, fresh: third, pausing: third })
  for (let round = 1; round <= rounds; round++) {
    await pass(Number(values['pause-ms']))
    writeConfiguration(round)
    child.kill('SIGHUP')
    if (shown && round % Math.ceil(rounds / 4) === 0) await show(`reload ${round}`)
  }
  await pass(1_000)
  await load.stop()
  await others.stop()
  await pass(1_500)
  return { load, others }
}

async function show(when: string): Promise<void> {
  const asked = message(child) as Promise<Held>
  child.send('measure')
  const held = await asked
  const rss = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'latin1'))?.[1])
  const files = readdirSync(`/proc/${child.pid}/fd`).length
  const answer = await fetch(`http://127.0.0.1:${port}/api/9/processes`, { headers: { connection: 'close' } })
  const { retiring } = (await answer.json()) as { retiring: unknown[] }
  const numbers = [
    (held.workers / 1024).toFixed(0).padStart(11),
    (held.main / 1024).toFixed(0).padStart(11),
    (rss / 1024).toFixed(1).padStart(10),
    String(files).padStart(6),
    String(retiring.length).padStart(5),
  ]
  console.log(`${when.padEnd(16)}${numbers.join('')}`)
}

function writeConfiguration(round: number): void {
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; pid x.pid; error_log error.log warn; worker_processes ${values.workers}; events {}
http {
  access_log off;
  upstream both { server ${one.address}; server ${two.address}; keepalive 16; keepalive_timeout 1s; }
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://both; proxy_http_version 1.1; proxy_set_header Connection ""; }
    location /events { proxy_pass http://both; proxy_buffering off; }
    location /upload { proxy_pass http://both; proxy_request_buffering ${round % 2 === 0 ? 'on' : 'off'}; }
    location /socket { proxy_pass http://both; proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $http_connection; }
    location /round/${round} { return 204; }
    location /api/ { api; }
  }
}
`,
  )
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
