/**
 * A probe over UDP: one datagram, and what has to come in answer to it. That nothing comes is a failure; that the port is
 * closed is known at once, by what the system says of the datagram.
 */
import type { DialAddress } from '../model/plan.ts'
import type { StreamMatchModel } from '../model/stream/stream-health.ts'
import type { UdpUser } from '../net/udp.ts'
import { Expectation } from './expectation.ts'
import { systemReason, type DatagramLink, type Prober, type ProberPorts } from './prober.ts'

export interface UdpProbeOptions {
  readonly address: DialAddress | undefined
  readonly timeoutMs: number
  readonly match: StreamMatchModel
  /** Before what is sent, in the same datagram; null: nothing. */
  readonly preface: Uint8Array | null
}

export class UdpProber implements Prober, UdpUser {
  readonly #options: UdpProbeOptions
  readonly #ports: ProberPorts
  readonly #expectation: Expectation
  readonly #datagram: Uint8Array
  #link: DatagramLink | null = null
  #stopClock: () => void = () => {}
  #done: ((wrong: string | null) => void) | null = null

  constructor(options: UdpProbeOptions, ports: ProberPorts) {
    this.#options = options
    this.#ports = ports
    this.#expectation = new Expectation(options.match)
    const sent = Buffer.from(options.match.send ?? '', 'latin1')
    this.#datagram = options.preface === null ? sent : Buffer.concat([options.preface, sent])
  }

  probe(done: (wrong: string | null) => void): void {
    this.#done = done
    const { address, timeoutMs } = this.#options
    const { clock, dialUdp } = this.#ports
    if (address === undefined || 'path' in address) {
      this.#stopClock = clock.after(0, () => this.#tell('datagrams need an address with a port'))
      return
    }
    this.#expectation.begin()
    this.#stopClock = clock.after(timeoutMs, () => this.#tell(this.#expectation.missing('timed out')))
    this.#link = dialUdp(address, this)
  }

  close(): void {
    this.#done = null
    this.#stopClock()
    const link = this.#link
    this.#link = null
    link?.close()
  }

  // === UdpUser

  connected(): void {
    this.#link?.send(this.#datagram)
  }

  failed(error: string): void {
    this.#tell(systemReason(error))
  }

  received(bytes: Buffer): void {
    // Each datagram is an answer of its own, and may come after a late one to an earlier probe.
    this.#expectation.begin()
    const found = this.#expectation.take(bytes.toString('latin1'))
    if (found !== null) this.#tell(typeof found === 'string' ? found : null)
  }

  #tell(wrong: string | null): void {
    const done = this.#done
    this.close()
    done?.(wrong)
  }
}
