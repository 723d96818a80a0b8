/**
 * Small HTTP servers that answer one text to everything: what the tutorial balances between. They run on Node's own
 * server, in the main thread: they are not what is measured or trusted here.
 */
import { createServer, type Server } from 'node:http'
import { UsageError } from './speech.ts'

export interface TextServer {
  readonly port: number
  readonly message: string
  readonly delayMs: number
  readonly status: number
}

export interface RunningServers {
  readonly ports: readonly number[]
  close(): Promise<void>
}

/** Starts all of them or none; a port in use is a UsageError that names it and ends in `remedy`. */
export async function startTextServers(
  list: readonly TextServer[],
  host: string,
  remedy: string,
): Promise<RunningServers> {
  const running: Server[] = []
  try {
    for (const one of list) running.push(await start(one, host))
  } catch (error) {
    await closeAll(running)
    throw portProblem(error, remedy)
  }
  return { ports: running.map(portOf), close: () => closeAll(running) }
}

/** Turns the error of a bind into one line; other errors come back as they are. */
export function portProblem(error: unknown, remedy: string): unknown {
  const { code, port } = error as { code?: string; port?: number }
  if (code === 'EADDRINUSE') return new UsageError(`port ${port} is in use: ${remedy}`)
  if (code === 'EACCES') return new UsageError(`port ${port} needs privileges: ${remedy}`)
  if (!(error instanceof Error)) return new UsageError(`port ${port} cannot be had (${code}): ${remedy}`)
  return error
}

function start(one: TextServer, host: string): Promise<Server> {
  const body = `${one.message}\n`
  const server = createServer((request, response) => {
    request.resume()
    const answer = (): void => {
      response.writeHead(one.status, { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(body) })
      response.end(body)
    }
    if (one.delayMs > 0) setTimeout(answer, one.delayMs)
    else answer()
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(one.port, host, () => resolve(server))
  })
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function closeAll(list: readonly Server[]): Promise<void> {
  await Promise.all(
    list.map(server => {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      server.closeAllConnections()
      return closed
    }),
  )
}
