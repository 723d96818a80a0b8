/** `pass` of stream: a connection goes on at another listener of this worker, of http too, as if it had just come. */
import type { Socket } from 'node:net'
import type { ClientTls } from '../exchange/client-tls.ts'
import type { PassTo, StreamListener } from '../proxy/stream/stream-listener.ts'
import { addressKey } from './compile/address-key.ts'
import type { ListenerLife } from './runtime.ts'

type Serving = ListenerLife | StreamListener

/** From listener to listener; more is a circle. */
const MOST = 10

export class Passes {
  readonly to: PassTo
  /** They are made inside each other. */
  #depth = 0

  constructor(
    find: (key: string) => Serving | undefined,
    serve: (socket: Socket, serving: Serving, tls: ClientTls | null) => void,
  ) {
    this.to = (address, take, tls) => {
      const keys = keysOf(address)
      if (keys === null) return `invalid address "${address}" in pass`
      let serving: Serving | undefined
      for (const key of keys) serving ??= find(key)
      if (serving === undefined) return `port not found for "${address}"`
      if (this.#depth >= MOST) return 'pass cycle'
      // It would not have been looked at what that one asks of its clients.
      if (tls !== null && endsTls(serving)) return `cannot pass a TLS connection to "${address}", where TLS begins anew`
      this.#depth += 1
      try {
        serve(take(), serving, tls)
      } finally {
        this.#depth -= 1
      }
      return null
    }
  }
}

function endsTls(serving: Serving): boolean {
  return 'tls' in serving ? serving.tls !== null : serving.entry?.secure === true
}

/** Listeners of that address, then of all addresses with its port. null: it is none. */
function keysOf(address: string): string[] | null {
  if (address.startsWith('unix:')) return [addressKey({ path: address.slice(5) })]
  const [, bracketed, host = bracketed ?? '*', port] =
    /^(?:(?:\[([^\]]+)\]|([^:[\]]+)):)?(\d{1,5})$/.exec(address) ?? []
  if (port === undefined) return null
  const any = bracketed === undefined ? '*' : '::'
  return [host, any].map(one => addressKey({ host: one, port: Number(port) }))
}
