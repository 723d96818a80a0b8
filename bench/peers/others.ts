/** HAProxy and Caddy, as Debian packages them, told the same as nginx is. */
import { find, type Peer, type Setup } from './peer.ts'

export function haproxy(): Peer {
  const path = find('haproxy')
  return {
    name: 'haproxy',
    kind: 'other',
    shapes: ['plain', 'logged', 'stream'],
    missing: path === undefined ? 'not installed' : undefined,
    versionCommand: [path ?? 'haproxy', '-v'],
    launch: setup => ({
      command: [path ?? 'haproxy', '-db', '-f', `${setup.folder}haproxy.cfg`],
      files: { 'haproxy.cfg': haproxyConfiguration(setup) },
    }),
  }
}

export function caddy(): Peer {
  const path = find('caddy')
  return {
    name: 'caddy',
    kind: 'other',
    shapes: ['plain', 'logged'],
    missing: path === undefined ? 'not installed' : undefined,
    versionCommand: [path ?? 'caddy', 'version'],
    launch: setup => ({
      command: [path ?? 'caddy', 'run', '--config', `${setup.folder}Caddyfile`, '--adapter', 'caddyfile'],
      files: { Caddyfile: caddyfile(setup) },
    }),
  }
}

function haproxyConfiguration({ shape, port, origins, workers }: Setup): string {
  // It logs to syslog only; stdout in raw form is the nearest to a file, and what containers do.
  const logging = shape === 'logged' ? '  log global\n  option httplog\n  option forwardfor' : ''
  const fields = '  http-request set-header X-Real-IP %[src]\n  http-request set-header X-Forwarded-Proto http'
  return `
global
  ${shape === 'logged' ? 'log stdout format raw local0' : ''}
  nbthread ${workers}
  maxconn 9000
defaults
  mode ${shape === 'stream' ? 'tcp' : 'http'}
  timeout connect 5s
  timeout client 60s
  timeout server 60s
${logging}
frontend main
  bind 127.0.0.1:${port}
  default_backend origins
backend origins
  balance roundrobin
  ${shape === 'stream' ? '' : 'http-reuse always'}
${shape === 'logged' ? fields : ''}
${origins.map((origin, index) => `  server s${index} 127.0.0.1:${origin}`).join('\n')}
`
}

function caddyfile({ shape, port, origins, folder }: Setup): string {
  const upstreams = origins.map(origin => `127.0.0.1:${origin}`).join(' ')
  return `
{
  admin off
  auto_https off
}
http://:${port} {
  bind 127.0.0.1
  ${shape === 'logged' ? `log {\n    output file ${folder}logs/access.log\n  }` : ''}
  reverse_proxy ${upstreams} {
    lb_policy round_robin
    ${shape === 'logged' ? 'header_up X-Real-IP {remote_host}' : ''}
  }
}
`
}
