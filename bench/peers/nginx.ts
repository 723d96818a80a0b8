/** Whoever reads nginx's language: evenkeel itself, Debian's nginx, and any binary given by path. The same text for all. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { find, type Peer, type Setup } from './peer.ts'

const shapes = ['plain', 'tutorial', 'logged', 'many', 'tls', 'stream'] as const

export function evenkeel(): Peer {
  const main = resolve(import.meta.dirname, '../../packages/evenkeel/src/cli/main.ts')
  const missing = existsSync(main) ? undefined : 'not in this checkout'
  return speaker('evenkeel', [process.execPath, main], missing, false)
}

export function nginx(name: string = 'nginx', path: string | undefined = find('nginx')): Peer {
  return speaker(name, [path ?? name], path !== undefined && existsSync(path) ? undefined : 'not installed', true)
}

function speaker(name: string, command: readonly string[], missing: string | undefined, original: boolean): Peer {
  return {
    name,
    kind: 'nginx',
    shapes,
    missing,
    versionCommand: [...command, '-v'],
    launch: setup => ({
      command: [...command, '-p', setup.folder, '-c', 'nginx.conf', '-e', 'logs/error.log'],
      files: {
        'nginx.conf': setup.shape === 'stream' ? stream(setup, original, command) : configuration(setup, original),
        ...(setup.shape === 'tls' ? { 'own.pem': certificate() } : {}),
      },
    }),
  }
}

function configuration(setup: Setup, original: boolean): string {
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(part => `${part}_temp_path temp/${part};`)
  return `
daemon off;
pid nginx.pid;
error_log logs/error.log error;
worker_processes ${setup.workers};
worker_rlimit_nofile 20000;
${original && process.geteuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 10000; }
http {
  ${original ? temp.join('\n  ') : ''}
  access_log ${setup.shape === 'tutorial' || setup.shape === 'logged' ? 'logs/access.log combined' : 'off'};
${bodies[setup.shape](setup)}
}
`
}

const bodies = { plain, tutorial, logged, many, tls, stream: () => '' }

// Written out, because nginx before 1.29.7 keeps no connection to an origin unless told to in all three places.
const keptAlive = 'proxy_http_version 1.1; proxy_set_header Connection "";'

function stream({ port, origins, workers }: Setup, original: boolean, command: readonly string[]): string {
  return `
${original ? streamModule(command) : ''}
daemon off;
pid nginx.pid;
error_log logs/error.log error;
worker_processes ${workers};
worker_rlimit_nofile 20000;
${original && process.geteuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 10000; }
stream {
  upstream backend {
${servers(origins)}
  }
  server { listen 127.0.0.1:${port}; proxy_pass backend; }
}
`
}

/** Debian has it as a package of its own (libnginx-mod-stream). */
function streamModule([binary = '']: readonly string[]): string {
  const { stderr } = spawnSync(binary, ['-V'], { encoding: 'utf8' })
  const folder = /--modules-path=(\S+)/.exec(stderr)?.[1]
  return stderr.includes('--with-stream=dynamic') ? `load_module ${folder}/ngx_stream_module.so;` : ''
}

function servers(origins: readonly number[], host = '127.0.0.1'): string {
  return origins.map(port => `    server ${host}:${port};`).join('\n')
}

function plain({ port, origins }: Setup): string {
  return `
  upstream backend {
${servers(origins)}
    keepalive 64;
  }
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://backend; ${keptAlive} }
  }`
}

function tutorial({ port, origins }: Setup): string {
  return `
  upstream backend {
${servers(origins, 'localhost')}
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://backend;
    }
  }`
}

function logged({ port, origins }: Setup): string {
  return `
  upstream backend {
${servers(origins)}
    keepalive 64;
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://backend;
      ${keptAlive}
      proxy_set_header Host $host;
      proxy_set_header X-Real-IP $remote_addr;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
    }
  }`
}

/** That it answers is asked in the clear: error_page 497 is for who speaks HTTP to a port of TLS. */
function tls({ port, origins }: Setup): string {
  return `
  upstream backend {
${servers(origins)}
    keepalive 64;
  }
  keepalive_requests 100000000;
  server {
    listen 127.0.0.1:${port} ssl http2;
    ssl_certificate own.pem;
    ssl_certificate_key own.pem;
    ssl_session_cache shared:sessions:10m;
    error_page 497 =200 /ready;
    location = /ready { return 200; }
    location / { proxy_pass http://backend; ${keptAlive} }
  }`
}

/** P-256, which is what most sites have today; one for all peers. */
function certificate(): string {
  const wanted = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=bench.test',
  ]
  return execFileSync('openssl', ['req', '-x509', ...wanted, '-keyout', '-', '-out', '-'], {
    encoding: 'utf8',
    stdio: 'pipe',
  })
}

function many({ port, origins }: Setup): string {
  const count = (length: number): number[] => Array.from({ length }, (_, index) => index)
  const [origin = 80] = origins
  // The origins listen on every loopback address, so a thousand servers need only one process.
  const peers = count(1000).map(index => `    server 127.1.${Math.floor(index / 250)}.${(index % 250) + 1}:${origin};`)
  const locations = count(1000).map(
    index => `    location /location-${index}/ { proxy_pass http://backend; ${keptAlive} }`,
  )
  const blocks = count(100).map(block => {
    const names = count(100).map(index => `name-${block * 100 + index}.test`)
    const inside = names.includes('name-7777.test') ? locations : ['    location / { return 404; }']
    return `  server {\n    listen 127.0.0.1:${port};\n    server_name ${names.join(' ')};\n${inside.join('\n')}\n  }`
  })
  return `
  server_names_hash_max_size 65536;
  server_names_hash_bucket_size 128;
  upstream backend {
${peers.join('\n')}
    keepalive 1100;
  }
${blocks.join('\n')}`
}
