/** Three servers to balance between: each answers with its number and the path it was asked for. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Origins extends AsyncDisposable {
  readonly addresses: readonly string[]
}

export async function startOrigins(count = 3): Promise<Origins> {
  const servers: Server[] = []
  for (let number = 1; number <= count; number++) {
    const server = createServer((request, response) => response.end(`server ${number} ${request.url}\n`))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    servers.push(server)
  }
  return {
    addresses: servers.map(server => `127.0.0.1:${(server.address() as AddressInfo).port}`),
    async [Symbol.asyncDispose]() {
      for (const server of servers) {
        server.closeAllConnections()
        await new Promise(resolve => server.close(resolve))
      }
    },
  }
}
