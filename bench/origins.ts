/**
 * What answers behind the proxies: one nginx on three ports, on the core of the load generator, as light as origins get, so
 * that the proxy is what is measured.
 */
import { closeSync, ftruncateSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { find } from './peers/peer.ts'
import { type Started, startPinned } from './processes.ts'
import { firstAnswer } from './ready.ts'

export interface Origins {
  readonly ports: readonly number[]
  readonly stop: () => Promise<void>
}

export async function startOrigins(folder: string, ports: readonly number[], core: number): Promise<Origins> {
  const binary = find('nginx')
  if (binary === undefined) throw new Error('the origins are nginx: apt-get install nginx')
  for (const name of ['', 'logs', 'temp', 'html']) mkdirSync(folder + name, { recursive: true })
  for (const [name, size] of [
    ['100k', 102_400],
    ['10m', 10_485_760],
    // Sparse: it takes no room on the disk.
    ['10g', 10_737_418_240],
  ] as const)
    writeSparse(`${folder}html/${name}`, size)
  writeFileSync(`${folder}nginx.conf`, configuration(ports))

  const started: Started = startPinned([binary, '-p', folder, '-c', 'nginx.conf', '-e', 'logs/error.log'], core, folder)
  await Promise.all(ports.map(port => firstAnswer(started, port, '/')))
  return { ports, stop: started.stop }
}

function configuration(ports: readonly number[]): string {
  const servers = ports.map(
    (port, index) => `
  server {
    listen ${port} backlog=4096;
    root html;
    location / { return 200 "Server ${index + 1}\\n"; }
    location /100k { }
    location /10m { }
    location /10g { }
    location /1k { return 200 "${'x'.repeat(ECHO_BODY)}"; }
  }`,
  )
  return `
daemon off;
pid nginx.pid;
error_log logs/error.log error;
worker_processes 1;
worker_rlimit_nofile 20000;
${process.geteuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 10000; }
http {
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(name => `${name}_temp_path temp/${name};`).join(' ')}
  access_log off;
  sendfile on;
  keepalive_requests 1000000;
  keepalive_timeout 300s;
${servers.join('\n')}
}
`
}

/** With its head an answer of 1 KB. */
const ECHO_BODY = 1024 - 150

function writeSparse(path: string, size: number): void {
  const file = openSync(path, 'w')
  ftruncateSync(file, size)
  closeSync(file)
}
