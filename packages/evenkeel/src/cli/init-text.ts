/** What `evenkeel init` writes: the shortest configuration that balances, and beside it what is wanted next. */

export interface InitWish {
  readonly servers: readonly string[]
  readonly listen: string
  readonly format: 'ts' | 'nginx'
}

export function initText(wish: InitWish): string {
  return wish.format === 'ts' ? typedText(wish) : nginxText(wish)
}

function typedText({ servers, listen }: InitWish): string {
  return `import { defineConfig } from 'evenkeel'

export default defineConfig({
  // Stay in the foreground; Ctrl-C ends it.
  daemon: false,

  upstreams: {
    web: {
      // Requests go to these in turn. More of one: { address: '…', weight: 2, maxConns: 100, backup: true }
      servers: [${servers.map(server => `'${server}'`).join(', ')}],
      // To whoever has the fewest requests under way, instead of in turn:
      // leastConn: true,
    },
  },

  servers: [
    {
      listen: '${listen}',
      locations: {
        '/': {
          proxyPass: 'web',
          // What the servers are told of the client.
          proxySetHeader: { Host: '$host', 'X-Forwarded-For': '$proxy_add_x_forwarded_for', 'X-Forwarded-Proto': '$scheme' },
          // When one cannot be reached or is silent, another is asked.
          proxyNextUpstream: ['error', 'timeout'],
          // Servers that do not answer are taken out before a request finds out:
          // healthCheck: ['interval=5s', 'uri=/health'],
        },
      },
    },
  ],
})
`
}

function nginxText({ servers, listen }: InitWish): string {
  return `upstream web {
    # Requests go to these in turn. More of one: server …:8000 weight=2 max_conns=100 backup;
${servers.map(server => `    server ${server};`).join('\n')}
    # To whoever has the fewest requests under way, instead of in turn:
    # least_conn;
}

server {
    listen ${listen};

    location / {
        proxy_pass http://web;
        # What the servers are told of the client.
        proxy_set_header Host $host;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto $scheme;
        # When one cannot be reached or is silent, another is asked.
        proxy_next_upstream error timeout;
        # Servers that do not answer are taken out before a request finds out:
        # health_check interval=5s uri=/health;
    }
}
`
}
