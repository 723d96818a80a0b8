/** Whether an event loop is late turn after turn, and in time again for as long. */
export class Lateness {
  #late = false
  /** Turns in a row that said the contrary. */
  #contrary = 0

  /** `lagMs` is how late this turn was; from `limitMs` on that is too late, and less than half of it in time. */
  look(lagMs: number, limitMs: number): boolean {
    const against = this.#late ? lagMs < limitMs / 2 : lagMs >= limitMs
    this.#contrary = against ? this.#contrary + 1 : 0
    if (this.#contrary >= TURNS) {
      this.#late = !this.#late
      this.#contrary = 0
    }
    return this.#late
  }
}

const TURNS = 5
