import { defineConfig } from 'evenkeel'

/** The tutorial's three servers behind one port: `evenkeel serve --port 8000 --message 'Server 1'` and so on. */
export default defineConfig({
  daemon: false,
  upstreams: {
    backend: { servers: ['localhost:8000', 'localhost:8001', { address: 'localhost:8002', weight: 2 }] },
  },
  servers: [
    {
      listen: 8080,
      locations: {
        '/': { proxyPass: 'backend', proxySetHeader: { Host: '$host' }, proxyNextUpstream: ['error', 'timeout'] },
        '= /health': { return: [200, 'fine\n'] },
      },
    },
  ],
})
