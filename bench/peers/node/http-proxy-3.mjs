// JavaScript, so that the checkout type-checks without these packages installed.
import { Agent, createServer } from 'node:http'
import { createProxyServer } from 'http-proxy-3'

const [port, ...origins] = process.argv.slice(2)
const proxy = createProxyServer({ agent: new Agent({ keepAlive: true }) })
proxy.on('error', (_error, _request, response) => response.destroy())
let turn = 0
createServer((request, response) => {
  proxy.web(request, response, { target: `http://127.0.0.1:${origins[turn++ % origins.length]}` })
}).listen(Number(port), '127.0.0.1')
