// JavaScript, so that the checkout type-checks without these packages installed.
import { Agent, createServer } from 'node:http'
import { createProxyServer } from 'httpxy'

const [port, ...origins] = process.argv.slice(2)
const proxy = createProxyServer({ agent: new Agent({ keepAlive: true }) })
let turn = 0
createServer((request, response) => {
  const target = `http://127.0.0.1:${origins[turn++ % origins.length]}`
  proxy.web(request, response, { target }).catch(() => response.destroy())
}).listen(Number(port), '127.0.0.1')
