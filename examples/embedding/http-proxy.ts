/** A program written for the http-proxy package: only the import is another one. */
import { createServer, type Server } from 'node:http'
import { createProxyServer } from 'evenkeel/http-proxy'

export function proxyTo(target: string): Server {
  const proxy = createProxyServer({ target, changeOrigin: true, xfwd: true })
  proxy.on('error', (_error, _request, response) => void response.writeHead(502).end())
  return createServer((request, response) => proxy.web(request, response))
}
