/**
 * `sticky learn`: sessions that the servers make themselves, remembered in memory that all workers share. One that is
 * not used for long is forgotten, and the one that was not used for the longest time makes room in a full table.
 */
import type { Exchange } from '../exchange/exchange.ts'
import type { ResponseHead } from '../exchange/head.ts'
import type { LruTable, Place } from '../shared/lru-table.ts'
import { firstOf, type Sticky, type Text } from './sticky.ts'

export interface LearnTexts {
  readonly create: readonly Text[]
  readonly lookup: readonly Text[]
}

/** Words of a record: the id, four characters a word, its length, and when it was used last. */
const ID_WORDS = 8
const LENGTH = ID_WORDS
const USED = ID_WORDS + 1

/** Tenths of seconds fit into a word for as long as a session may last (6.8 years), whatever the date. */
const TICK_MS = 100
/** Of those that have expired so many are looked at with each one that is new. */
const SWEPT = 2

export class StickyLearn implements Sticky {
  readonly #texts: LearnTexts
  readonly #table: LruTable
  readonly #timeoutTicks: number
  readonly #atHeader: boolean
  readonly #nowMs: () => number

  constructor(texts: LearnTexts, table: LruTable, timeoutMs: number, atHeader: boolean, nowMs: () => number) {
    this.#texts = texts
    this.#table = table
    this.#timeoutTicks = Math.max(1, Math.ceil(timeoutMs / TICK_MS))
    this.#atHeader = atHeader
    this.#nowMs = nowMs
  }

  idOf(exchange: Exchange): string {
    const session = firstOf(this.#texts.lookup, exchange)
    if (session === '') return ''
    const table = this.#table
    const digest = table.digest(session)
    table.lock()
    const place = table.find(digest)
    const id = place < 0 || this.#isOver(place, this.#tick()) ? '' : this.#read(place)
    table.unlock()
    return id
  }

  answered(exchange: Exchange, _answer: ResponseHead, id: string): void {
    if (this.#atHeader) this.#learn(exchange, id)
  }

  served(exchange: Exchange, id: string): void {
    if (!this.#atHeader) this.#learn(exchange, id)
  }

  #learn(exchange: Exchange, id: string): void {
    const created = firstOf(this.#texts.create, exchange)
    const session = created === '' ? firstOf(this.#texts.lookup, exchange) : created
    if (session === '') return
    const table = this.#table
    const tick = this.#tick()
    const digest = table.digest(session)
    table.lock()
    let place = table.find(digest)
    // What goes on was made once: a client may not make up sessions of its own.
    if (place < 0 && created !== '') place = this.#insert(digest, tick)
    if (place >= 0) {
      this.#write(place, id, tick)
      table.touch(place)
    }
    table.unlock()
  }

  #insert(digest: Parameters<LruTable['insert']>[0], tick: number): Place {
    const table = this.#table
    for (let left = SWEPT; left > 0; left--) {
      const oldest = table.oldest()
      if (oldest < 0 || !this.#isOver(oldest, tick)) break
      table.remove(oldest)
    }
    const place = table.insert(digest)
    if (place >= 0) return place
    table.remove(table.oldest())
    return table.insert(digest)
  }

  #isOver(place: Place, tick: number): boolean {
    return ((tick - this.#table.words[place + USED]!) | 0) >= this.#timeoutTicks
  }

  #tick(): number {
    return Math.floor(this.#nowMs() / TICK_MS) | 0
  }

  #read(place: Place): string {
    const { words } = this.#table
    const length = words[place + LENGTH]!
    let id = ''
    for (let at = 0; at < length; at++) id += String.fromCharCode((words[place + (at >> 2)]! >> ((at & 3) * 8)) & 0xff)
    return id
  }

  #write(place: Place, id: string, tick: number): void {
    const { words } = this.#table
    const length = Math.min(id.length, ID_WORDS * 4)
    words.fill(0, place, place + ID_WORDS)
    for (let at = 0; at < length; at++) words[place + (at >> 2)]! |= (id.charCodeAt(at) & 0xff) << ((at & 3) * 8)
    words[place + LENGTH] = length
    words[place + USED] = tick
  }
}
