/**
 * What stands behind one listening address of `stream` in one runtime: its servers, and the sessions that began with it.
 */
import type { Socket } from 'node:net'
import type { ClientTls } from '../../exchange/client-tls.ts'
import type { Session } from '../../exchange/session.ts'
import type { ListenAddress } from '../../model/model.ts'
import { addressText } from '../../net/listen.ts'
import type { ServerTable } from '../../route/server-choice.ts'
import type { Entry } from '../entry/arrival.ts'
import type { NamedFaces, TlsFace } from '../entry/tls-face.ts'
import type { Served } from '../listener-runtime.ts'
import type { StreamServer } from './stream-settings.ts'

/**
 * Hands a connection to the listener of that address; what is wrong, or null. `take` gives the socket, as if nothing had
 * been read from it; `tls` is what its client has agreed on already, if it has.
 */
export type PassTo = (address: string, take: () => Socket, tls: ClientTls | null) => string | null

/** A server as TLS clients meet it. What its certificates are called may depend on the session. */
export type StreamFace = TlsFace<Session, StreamServer>

export class StreamListener {
  readonly address: ListenAddress
  /** As it is told in logs: `0.0.0.0:12345`. */
  readonly text: string
  readonly defaultServer: StreamServer
  readonly connections: Set<Served>
  readonly passTo: PassTo
  /** What a connection goes through before it is a session; null: nothing. */
  readonly entry: Entry<StreamListener> | null
  /** null: sessions begin in the clear. */
  readonly tls: NamedFaces<StreamFace> | null
  readonly #servers: ServerTable<StreamServer>
  retiring = false

  constructor(
    address: ListenAddress,
    defaultServer: StreamServer,
    servers: ServerTable<StreamServer>,
    connections: Set<Served>,
    passTo: PassTo,
    entry: Entry<StreamListener> | null,
    tls: NamedFaces<StreamFace> | null,
  ) {
    this.address = address
    this.text = addressText('host' in address && address.host === '*' ? { ...address, host: '0.0.0.0' } : address)
    this.defaultServer = defaultServer
    this.#servers = servers
    this.connections = connections
    this.passTo = passTo
    this.entry = entry
    this.tls = tls
  }

  /** How long a client may take for what it says before its protocol begins. */
  get headerTimeoutMs(): number {
    return this.defaultServer.proxyProtocolTimeoutMs
  }

  /** By the name a TLS client asks for; groups of a name that is a pattern become variables of the session. */
  chooseServer(name: string, session: Session): StreamServer {
    const dot = name.endsWith('.') ? name.slice(0, -1) : name
    return this.#servers.find(dot.toLowerCase(), session)
  }
}
