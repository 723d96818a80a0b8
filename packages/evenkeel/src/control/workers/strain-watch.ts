/**
 * Descriptors and memory of the whole process, looked at five times a second and told to the workers in one shared word.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { totalmem } from 'node:os'
import { overloadDefaults } from '../../model/overload.ts'
import type { ProcessModel } from '../../model/model.ts'
import { StrainBit, type Beats } from '../../shared/beats.ts'

export class StrainWatch {
  readonly #beats: Beats
  readonly #process: () => ProcessModel | null
  readonly #timer: NodeJS.Timeout
  #mostFiles: number = Infinity
  #turn = 0
  #told = 0

  constructor(beats: Beats, running: () => ProcessModel | null) {
    this.#beats = beats
    this.#process = running
    this.#timer = setInterval(() => this.#look(), LOOK_MS).unref()
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const running = this.#process()
    if (running === null) return
    // The limit may be changed from outside as well.
    if (this.#turn++ % LIMIT_TURNS === 0) this.#mostFiles = mostFiles()
    const model = running.overload === undefined ? overloadDefaults : running.overload
    if (model === null) return this.#tell(0)
    const reserve = model.descriptors ?? Math.max(LEAST_RESERVE, this.#mostFiles / 10)
    const left = this.#mostFiles - openFiles()
    // What was short has to be there with something to spare, or it would go back and forth.
    const short = (this.#told & StrainBit.descriptors) === 0 ? left < reserve : left < reserve * 1.2
    const most = mostMemory()
    const full = most !== null && process.memoryUsage.rss() >= (most * model.memory) / 100
    this.#tell((short ? StrainBit.descriptors : 0) | (full ? StrainBit.memory : 0))
  }

  #tell(bits: number): void {
    if (bits !== this.#told) this.#beats.tell(bits)
    this.#told = bits
  }
}

/** Of the control group; null: there is none that says less than the machine has. */
function mostMemory(): number | null {
  const most = process.constrainedMemory()
  return most > 0 && most < totalmem() ? most : null
}

function openFiles(): number {
  try {
    // Linux tells their number so from 6.2 on, and 0 before.
    return statSync('/proc/self/fd').size || readdirSync('/proc/self/fd').length
  } catch {
    return 0
  }
}

function mostFiles(): number {
  try {
    return Number(/^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1] ?? Infinity)
  } catch {
    return Infinity
  }
}

const LOOK_MS = 200
const LIMIT_TURNS = 25
const LEAST_RESERVE = 64
