/**
 * The worker of an embedded balancer, as the program around uses it: requests in, failures out. The worker may be another
 * one after a reload that changes their number; whoever is live is asked.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Hosted, HostedAsk, HostedUser } from '../../worker/hosting.ts'
import type { WorkerBirth } from '../../worker/messages.ts'
import type { FailedRequest } from '../../worker/hosting.ts'
import type { BalancerEvents } from '../balancer-events.ts'
import { InlineWorker } from '../workers/inline-worker.ts'
import type { Carrier } from '../workers/worker-thread.ts'
import { serveFetch, type FetchOptions } from './fetch-handler.ts'
import { askOf, isSecure, serveNode, type Next } from './node-handler.ts'
import { requestText } from './request-text.ts'

export class ProgramHost {
  readonly #listens: boolean
  readonly #events: BalancerEvents
  #workers: InlineWorker[] = []

  constructor(listens: boolean, events: BalancerEvents) {
    this.#listens = listens
    this.#events = events
  }

  /** Makes the supervisor's workers. */
  readonly carrier = (birth: WorkerBirth): Carrier => {
    const worker = new InlineWorker(birth, { listens: this.#listens, failed: failed => this.#failed(failed) })
    this.#workers = [...this.#workers.filter(({ over }) => !over), worker]
    return worker
  }

  serve(request: IncomingMessage, response: ServerResponse, next?: Next): void {
    serveNode(this.#host, request, response, next)
  }

  fetch(request: Request, options?: FetchOptions): Promise<Response> {
    return serveFetch(this.#host, request, options)
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const worker = this.#live
    if (worker === undefined) return false
    const text = requestText(request, false, 'upgrade')
    if (!worker.life.hosts(askOf(request, text))) return false
    const unread = Buffer.concat([Buffer.from(text, 'latin1'), head])
    return worker.life.hostConnection(socket as Socket, unread, isSecure(request.socket))
  }

  get #live(): InlineWorker | undefined {
    return this.#workers.find(({ over }) => !over)
  }

  readonly #host = (ask: HostedAsk, user: HostedUser, mayPass: boolean): Hosted | 'passed' | null =>
    this.#live?.life.host(ask, user, mayPass) ?? null

  #failed(failed: FailedRequest): void {
    if (this.#events.wanted) this.#events.tell({ kind: 'failure', ...failed })
  }
}
