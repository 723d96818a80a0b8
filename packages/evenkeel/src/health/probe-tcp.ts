/** A probe that only connects: for whatever speaks no HTTP on the checked port. */
import type { DialAddress } from '../model/plan.ts'
import type { Channel } from '../net/channel.ts'
import type { Dialing, DialUser } from '../net/dial.ts'
import { systemReason, type Prober, type ProberPorts } from './prober.ts'

export class TcpProber implements Prober, DialUser {
  readonly #addresses: readonly DialAddress[]
  readonly #timeoutMs: number
  readonly #ports: ProberPorts
  #dialing: Dialing | null = null
  #stopClock: () => void = nothing
  #done: ((wrong: string | null) => void) | null = null

  constructor(addresses: readonly DialAddress[], timeoutMs: number, ports: ProberPorts) {
    this.#addresses = addresses
    this.#timeoutMs = timeoutMs
    this.#ports = ports
  }

  probe(done: (wrong: string | null) => void): void {
    this.#done = done
    this.#stopClock = this.#ports.clock.after(this.#timeoutMs, () => {
      this.#dialing?.cancel()
      this.#tell('timed out while connecting')
    })
    this.#dialing = this.#ports.dial(this.#addresses, this, null)
  }

  close(): void {
    this.#done = null
    this.#stopClock()
    this.#dialing?.cancel()
    this.#dialing = null
  }

  connected(channel: Channel): void {
    channel.destroy()
    this.#tell(null)
  }

  failed(error: string): void {
    this.#tell(systemReason(error))
  }

  #tell(wrong: string | null): void {
    const done = this.#done
    this.close()
    done?.(wrong)
  }
}

const nothing = (): void => {}
