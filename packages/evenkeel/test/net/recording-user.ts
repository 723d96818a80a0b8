/** A ChannelUser that writes down what it is told, and lets a test wait for it. */
import type { Channel, ChannelUser } from '../../src/net/channel.ts'

export class RecordingUser implements ChannelUser {
  /** `drained`, `ended`, `closed:CODE`, in order; reads only count. */
  readonly events: string[] = []
  readonly parts: Buffer[] = []
  count = 0
  onReceived: (bytes: Buffer, end: number) => void = () => {}
  onDrained: () => void = () => {}
  onEnded: () => void = () => {}
  keep = true
  readonly #waiting: { test: () => boolean; resolve: () => void }[] = []

  constructor(channel?: Channel) {
    channel?.attach(this)
    channel?.resume()
  }

  received(bytes: Buffer, end: number): void {
    this.count += end
    if (this.keep) this.parts.push(Buffer.from(bytes.subarray(0, end)))
    this.onReceived(bytes, end)
    this.#wake()
  }

  drained(): void {
    this.events.push('drained')
    this.onDrained()
    this.#wake()
  }

  ended(): void {
    this.events.push('ended')
    this.onEnded()
    this.#wake()
  }

  closed(error: string): void {
    this.events.push('closed:' + error)
    this.#wake()
  }

  get text(): string {
    return Buffer.concat(this.parts).toString('latin1')
  }

  get isClosed(): boolean {
    return this.events.some(event => event.startsWith('closed'))
  }

  /** Resolves once the condition holds, checked after everything told. */
  until(test: () => boolean): Promise<void> {
    if (test()) return Promise.resolve()
    return new Promise(resolve => this.#waiting.push({ test, resolve }))
  }

  untilClosed(): Promise<void> {
    return this.until(() => this.isClosed)
  }

  #wake(): void {
    for (const one of this.#waiting.splice(0)) {
      if (one.test()) one.resolve()
      else this.#waiting.push(one)
    }
  }
}
