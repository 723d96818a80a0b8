/** Origins that say who they are and what they were asked, and a reload that is waited for. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Proxied } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'

export interface NamedOrigin extends AsyncDisposable {
  readonly address: string
}

/** Answers its name and the fields it got, as JSON, unless told otherwise. */
export async function namedOrigin(
  name: string,
  answer: (request: IncomingMessage, response: ServerResponse) => boolean = () => false,
): Promise<NamedOrigin> {
  const server = createServer((request, response) => {
    if (answer(request, response)) return
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ name, headers: request.headers }))
  })
  const { promise, resolve } = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', resolve)
  await promise
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(closed => void server.close(closed))
    },
  }
}

export interface Answered {
  readonly name: string
  readonly headers: Readonly<Record<string, string>>
}

export async function answered(url: string, init: RequestInit = {}): Promise<Answered> {
  return (await (await fetch(url, init)).json()) as Answered
}

/** Which origin answered each of so many requests. */
export async function names(url: string, count: number): Promise<string[]> {
  const list: string[] = []
  for (let at = 0; at < count; at++) list.push((await answered(url)).name)
  return list
}

export interface CodeCounts {
  readonly kind: string
  readonly module: string
  readonly export: string
  readonly calls: number
  readonly failures: number
  readonly timeouts: number
  readonly slow: number
}

export async function codeCounts(proxy: Proxied, module: string, name?: string): Promise<CodeCounts> {
  const all = (await (await fetch(`http://127.0.0.1:${proxy.port('main')}/api/9/code`)).json()) as CodeCounts[]
  const found = all.find(one => one.module === module && (name === undefined || one.export === name))
  if (found === undefined) throw new Error(`${module} is not among ${JSON.stringify(all)}`)
  return found
}

/** Until the log says that all workers have what was read anew. */
export async function reload(proxy: Proxied, workers: number): Promise<void> {
  const starts = (): number => proxy.read('error.log').match(/start worker process/g)?.length ?? 0
  const before = starts()
  proxy.signal('HUP')
  await until(
    () => `the reload\n${proxy.read('error.log').slice(-2000)}`,
    () => starts() >= before + workers || undefined,
  )
}
