/**
 * Origins that hold back what they are asked for, for tests of what happens meanwhile: a request waits until the test
 * answers it, or until whoever asked calls it off. All of them count together who was asked for what.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { until } from './wait.ts'

export interface Held {
  /** Which of the origins was asked, from 0. */
  readonly origin: number
  readonly target: string
  answer(text: string, status?: number): void
  /** Breaks the connection off. */
  break(): void
  readonly gone: boolean
}

export class HoldingOrigins implements AsyncDisposable {
  readonly addresses: string[] = []
  /** `METHOD target`, one for each request any of them got. */
  readonly seen: string[] = []
  readonly held: Held[] = []
  readonly #servers: Server[] = []
  readonly #holds: (target: string, times: number) => boolean

  private constructor(holds: (target: string, times: number) => boolean) {
    this.#holds = holds
  }

  /** `holds` is asked for each request: its target, and how often it was asked for, this time included. */
  static async start(count: number, holds: (target: string, times: number) => boolean): Promise<HoldingOrigins> {
    const origins = new HoldingOrigins(holds)
    for (let index = 0; index < count; index++) {
      const server = createServer((request, response) => origins.#asked(index, request, response))
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      origins.#servers.push(server)
      origins.addresses.push(`127.0.0.1:${(server.address() as AddressInfo).port}`)
    }
    return origins
  }

  times(target: string): number {
    return this.seen.filter(one => one.split(' ')[1] === target).length
  }

  /** The request for that target that was held as the n-th. */
  async heldBack(target: string, nth = 1): Promise<Held> {
    return until(
      () => `request ${nth} for ${target} to be held; seen: ${this.seen.join(', ')}`,
      () => this.held.filter(one => one.target === target)[nth - 1],
    )
  }

  async calledOff(held: Held): Promise<void> {
    await until(
      () => `${held.target} to be called off`,
      () => held.gone || undefined,
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) {
      server.closeAllConnections()
      server.close()
    }
  }

  #asked(origin: number, request: IncomingMessage, response: ServerResponse): void {
    const target = request.url ?? ''
    this.seen.push(`${request.method} ${target}`)
    request.resume()
    if (!this.#holds(target, this.times(target))) {
      response.end(String(origin))
      return
    }
    this.held.push({
      origin,
      target,
      answer: (text, status = 200) => {
        response.statusCode = status
        response.end(text)
      },
      break: () => request.socket.resetAndDestroy(),
      get gone() {
        return request.socket.destroyed
      },
    })
  }
}
