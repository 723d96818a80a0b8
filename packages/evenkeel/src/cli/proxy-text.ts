/**
 * The nginx configuration that `evenkeel proxy` runs: what it prints is all there is to it.
 */
import { UsageError } from './speech.ts'

export interface ProxyWish {
  /** As for nginx: `8080`, `127.0.0.1:8080`, `[::]:8080`. */
  readonly listen: string
  readonly servers: readonly string[]
  /** `round_robin`, or a statement of an upstream block without its semicolon. */
  readonly method: string
}

export const methods: readonly string[] = ['round_robin', 'least_conn', 'ip_hash', 'random', 'hash']

export function proxyText(wish: ProxyWish): string {
  const method = wish.method === 'round_robin' ? [] : [`        ${wish.method};`]
  return [
    'events {',
    '}',
    'http {',
    '    access_log off;',
    '    upstream servers {',
    ...method,
    ...wish.servers.map(server => `        server ${server};`),
    '    }',
    '    server {',
    `        listen ${wish.listen};`,
    '        location / {',
    '            proxy_pass http://servers;',
    '            proxy_set_header Host $http_host;',
    '            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
    '        }',
    '    }',
    '}',
    '',
  ].join('\n')
}

/** One word of the command line that is to become an argument of a directive. */
export function checkWord(what: string, text: string): string {
  if (/^[\w.:[\]/-]+$/.test(text)) return text
  throw new UsageError(`${what} "${text}": give an address such as localhost:8000 or [::1]:8000`)
}

/** `hash` needs a key; without one it is the URI, as people mean it. */
export function checkMethod(text: string): string {
  const [name = ''] = text.split(' ')
  if (!methods.includes(name) || !/^[\w $]+$/.test(text)) {
    throw new UsageError(`--method ${text}: choose one of ${methods.join(', ')}`)
  }
  return text === 'hash' ? 'hash $request_uri' : text
}
