/** Free ports, below the range from which the kernel takes ports for connections, of which a bench makes many. */
import { createServer } from 'node:net'

let next = 20_000 + (process.pid % 5000)

export async function freePorts(count: number): Promise<number[]> {
  const found: number[] = []
  while (found.length < count) if (await isFree(++next)) found.push(next)
  return found
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise(resolve => {
    server.once('error', () => resolve(false))
    server.listen({ port, host: '0.0.0.0' }, () => server.close(() => resolve(true)))
  })
}
