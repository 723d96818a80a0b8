/**
 * One name of an upstream, asked for again and again in the background: when its answer has expired, and sooner when
 * there was none. What it stands for changes only by an answer: a name server that is ill changes nothing.
 */
import type { Clock } from '../../health/prober.ts'
import type { AskName, NameAnswer, NamedAddress } from './name-asking.ts'

export interface NameWatchPorts {
  readonly clock: Clock
  readonly log: (text: string) => void
  /** It stands for other addresses than before. */
  readonly changed: () => void
}

const LEAST_MS = 1_000
/** An answer has to be expired for certain, or the cache would give it once more. */
const SLACK_MS = 20

export class NameWatch {
  /** null: nobody has told yet. */
  addresses: readonly NamedAddress[] | null
  /** Resolves when it was asked for the first time and there was an answer, or none. */
  readonly first: Promise<void>
  readonly #asked: () => void
  readonly #name: string
  readonly #ask: AskName
  readonly #retryMs: number
  readonly #ports: NameWatchPorts
  #stopClock: () => void = () => {}
  #error = ''
  #closed = false

  /** `known`: what it stood for before, for whoever takes over from another watch. */
  constructor(
    name: string,
    ask: AskName,
    retryMs: number,
    known: readonly NamedAddress[] | null,
    ports: NameWatchPorts,
  ) {
    this.#name = name
    this.#ask = ask
    this.#retryMs = Math.max(retryMs, LEAST_MS)
    this.#ports = ports
    this.addresses = known
    const { promise, resolve } = Promise.withResolvers<void>()
    this.first = promise
    this.#asked = resolve
  }

  /** Asks now, and from then on by itself. */
  start(): void {
    this.#ask(answer => {
      if (this.#closed) return
      const inMs = this.#take(answer)
      this.#stopClock = this.#ports.clock.after(inMs, () => this.start())
      this.#asked()
    })
  }

  close(): void {
    this.#closed = true
    this.#stopClock()
    this.#asked()
  }

  #take(answer: NameAnswer): number {
    if ('addresses' in answer) {
      this.#error = ''
      this.#put(answer.addresses)
      return Math.max(answer.ttlMs, LEAST_MS) + SLACK_MS
    }
    // Once for each kind of trouble: it is asked for again every few seconds.
    if (answer.error !== this.#error) this.#ports.log(`${this.#name} ${answer.error}`)
    this.#error = answer.error
    if (answer.gone) this.#put([])
    return this.#retryMs
  }

  /** Who stays keeps its place, since servers rotate their answers, and who is new comes behind. */
  #put(found: readonly NamedAddress[]): void {
    const left = new Map<string, NamedAddress[]>()
    for (const one of found) {
      const key = keyOf(one)
      left.set(key, [...(left.get(key) ?? []), one])
    }
    const before = this.addresses ?? []
    const stay = before.flatMap(one => left.get(keyOf(one))?.shift() ?? [])
    const fresh = [...left.values()].flat()
    const same = this.addresses !== null && stay.length === before.length && fresh.length === 0
    if (same) return
    this.addresses = [...stay, ...fresh]
    this.#ports.changed()
  }
}

function keyOf({ host, service }: NamedAddress): string {
  if (service === undefined) return host
  return `${host} ${service.port} ${service.weight} ${service.priority} ${service.target}`
}
