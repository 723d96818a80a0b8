/**
 * Named faults, turned up and down while it runs: `fault … name=slow` begins with its percent, and each worker looks at
 * what was said since. A cell for each name, kept over reloads.
 */
import { faultsOf } from '../../model/settings/fault-settings.ts'
import type { HttpModel } from '../../model/model.ts'
import { ApiError, notFound } from './answers.ts'

export class FaultShares {
  #cells: ReadonlyMap<string, SharedArrayBuffer> = new Map()
  #written: ReadonlyMap<string, number> = new Map()

  /** Cells for the names of a model: a thousandth of a percent and one; 0: as it is written. */
  provide(http: HttpModel | null): ReadonlyMap<string, SharedArrayBuffer> {
    this.#written = faultsOf(http)
    this.#cells = new Map(
      [...this.#written.keys()].map(name => [name, this.#cells.get(name) ?? new SharedArrayBuffer(4)]),
    )
    return this.#cells
  }

  read(): Readonly<Record<string, { readonly percent: number }>> {
    return Object.fromEntries([...this.#written.keys()].map(name => [name, { percent: this.#percent(name) }]))
  }

  /** `{"percent": 20}`, or null for what is written. Throws an ApiError. */
  change(name: string, body: string): { readonly percent: number } {
    const buffer = this.#cells.get(name)
    if (buffer === undefined) throw notFound('FaultNotFound', `there is no fault of the name "${name}"`)
    const percent = readPercent(body)
    Atomics.store(new Int32Array(buffer), 0, percent === null ? 0 : Math.round(percent * 1000) + 1)
    return { percent: this.#percent(name) }
  }

  #percent(name: string): number {
    const said = Atomics.load(new Int32Array(this.#cells.get(name)!), 0)
    return said === 0 ? this.#written.get(name)! : (said - 1) / 1000
  }
}

function readPercent(body: string): number | null {
  let read: unknown
  try {
    read = JSON.parse(body)
  } catch {
    read = undefined
  }
  const percent = typeof read === 'object' && read !== null ? (read as { percent?: unknown }).percent : undefined
  if (percent === null) return null
  if (typeof percent === 'number' && percent >= 0 && percent <= 100) return percent
  throw new ApiError(400, 'FaultFormatError', 'say {"percent": 20}, 0 to 100, or {"percent": null} for what is written')
}
