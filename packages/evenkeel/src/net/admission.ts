/**
 * How many accepted connections a worker holds, and the number it must not pass.
 *
 * When descriptors run out, libuv closes new connections without a word, so the limit is kept here, where what is
 * refused can be counted.
 */
import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'

const kAdmission: unique symbol = Symbol('admission')

export class Admission {
  /** May be changed while running. */
  limit: number
  open = 0
  /** Connections that are served: those on top are taken, to be told so. */
  most: number = Infinity
  /** Called when there are as many, and another one comes. */
  makeRoom: (() => number) | null = null
  /** Connections that were told to end to make room, and may not have yet. */
  leaving = 0
  /** Connections closed at once because of the limit. */
  refused = 0

  constructor(limit: number) {
    this.limit = limit
  }

  /** There are more than are served: who has just come is one too many. */
  get full(): boolean {
    return this.open - this.leaving > this.most
  }

  /** Counts a socket until it closes; destroys it when there are too many. */
  admit(socket: Socket): boolean {
    if (this.open >= this.limit) {
      this.refused += 1
      // Without it a reset of the refused socket would be an uncaught error.
      socket.on('error', ignore)
      socket.destroy()
      return false
    }
    if (this.open - this.leaving >= this.most) this.leaving += this.makeRoom?.() ?? 0
    this.open += 1
    ;(socket as unknown as { [kAdmission]: Admission })[kAdmission] = this
    socket.on('close', leave)
    return true
  }
}

/** Descriptors this process may have open, as its soft limit says; Infinity where nobody says so. */
export function descriptorLimit(): number {
  try {
    const line = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))
    return line === null ? Infinity : Number(line[1])
  } catch {
    return Infinity
  }
}

function leave(this: Socket): void {
  ;(this as unknown as { [kAdmission]: Admission })[kAdmission].open -= 1
}

function ignore(): void {}
