/**
 * All sessions of datagrams in a worker, by when their clients last sent something. Anybody can send from any number of
 * addresses, and each session holds a descriptor: so their number is limited, and who has been idle for longest goes.
 */
import type { Admission } from '../../net/admission.ts'
import type { UdpSession } from './udp-session.ts'

const MOST = 65_536

export class UdpSessions {
  /** Sets keep the order of adding. */
  readonly #all = new Set<UdpSession>()
  /** Connections take descriptors from the same number. */
  readonly #admission: Admission
  readonly #most: number

  constructor(admission: Admission, most: number = MOST) {
    this.#admission = admission
    this.#most = most
  }

  get size(): number {
    return this.#all.size
  }

  /** Before another one is made. */
  makeRoom(): void {
    if (this.#all.size < this.#most && this.#admission.open < this.#admission.limit) return
    for (const oldest of this.#all) {
      oldest.drop()
      return
    }
  }

  add(session: UdpSession): void {
    this.#all.add(session)
    this.#admission.open += 1
  }

  touch(session: UdpSession): void {
    if (this.#all.delete(session)) this.#all.add(session)
  }

  delete(session: UdpSession): void {
    if (this.#all.delete(session)) this.#admission.open -= 1
  }
}
