/**
 * What the `Connection` fields of one message say. Made once for a reader, cleared for each head.
 */
import { HTAB, isWord, latin1, SPACE, word } from './bytes.ts'
import { mayBeNominated } from './hop-by-hop.ts'

const COMMA = 0x2c
const close = word('close')
const keepAlive = word('keep-alive')
const upgrade = word('upgrade')

const noNominees: readonly string[] = []

export class ConnectionOptions {
  close = false
  keepAlive = false
  upgrade = false
  nominated: readonly string[] = noNominees

  clear(): void {
    this.close = false
    this.keepAlive = false
    this.upgrade = false
    this.nominated = noNominees
  }

  /** Takes in one value: a list of names with commas between them. */
  read(bytes: Buffer, start: number, end: number): void {
    let from = start
    while (from < end) {
      let to = from
      while (to < end && bytes[to] !== COMMA) to++
      this.#option(bytes, from, to)
      from = to + 1
    }
  }

  #option(bytes: Buffer, start: number, end: number): void {
    while (start < end && (bytes[start] === SPACE || bytes[start] === HTAB)) start++
    while (end > start && (bytes[end - 1] === SPACE || bytes[end - 1] === HTAB)) end--
    if (start === end) return
    if (isWord(bytes, start, end, keepAlive)) this.keepAlive = true
    else if (isWord(bytes, start, end, close)) this.close = true
    else if (isWord(bytes, start, end, upgrade)) this.upgrade = true
    else {
      const name = latin1(bytes, start, end).toLowerCase()
      if (mayBeNominated(name) && !this.nominated.includes(name)) this.nominated = [...this.nominated, name]
    }
  }
}
