// JavaScript, so that the checkout type-checks without these packages installed.
import { createServer } from 'node:http'
import fastProxy from 'fast-proxy'

const [port, ...origins] = process.argv.slice(2)
const proxies = origins.map(origin => fastProxy({ base: `http://127.0.0.1:${origin}` }))
let turn = 0
createServer((request, response) => {
  proxies[turn++ % proxies.length].proxy(request, response, request.url, {})
}).listen(Number(port), '127.0.0.1')
