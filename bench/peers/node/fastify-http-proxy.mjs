// JavaScript, so that the checkout type-checks without these packages installed.
import httpProxy from '@fastify/http-proxy'
import Fastify from 'fastify'

const [port, ...origins] = process.argv.slice(2)
const app = Fastify()
let turn = 0
app.register(httpProxy, {
  upstream: '',
  replyOptions: { getUpstream: () => `http://127.0.0.1:${origins[turn++ % origins.length]}` },
})
await app.listen({ port: Number(port), host: '127.0.0.1' })
