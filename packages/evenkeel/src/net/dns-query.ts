/**
 * One question to DNS servers: over UDP from a port of its own each time, over TCP when the reply was cut off.
 *
 * A reply is believed only from the server asked (the socket is connected), to the port asked from, with the id and
 * the question asked: what a forger would have to guess.
 */
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { connect, isIPv6, type Socket as TcpSocket } from 'node:net'
import { decodeReply, encodeQuery, type DnsReply, type QueryType } from './dns-message.ts'

export interface DnsServer {
  /** Numeric. */
  readonly host: string
  readonly port: number
}

export interface QueryOptions {
  readonly servers: readonly DnsServer[]
  /** Which one is asked first. */
  readonly first: number
  /** Patience with one server; then the next is asked. */
  readonly attemptMs: number
  /** Patience in all. */
  readonly timeoutMs: number
  /** 16 random bits, unpredictable. */
  readonly randomId: () => number
}

export type QueryResult = DnsReply | 'TIMEOUT' | 'FORMERR' | 'SERVFAIL'

/** Calls `done` once, never from inside. */
export function query(name: string, type: QueryType, options: QueryOptions, done: (result: QueryResult) => void): void {
  new Query(name, type, options, done).start()
}

const maxMessage = 65_535

class Query {
  readonly #name: string
  readonly #type: QueryType
  readonly #options: QueryOptions
  readonly #done: (result: QueryResult) => void
  readonly #deadlineMs: number
  #attempt = 0
  #id = 0
  #udp: UdpSocket | null = null
  #tcp: TcpSocket | null = null
  #timer: NodeJS.Timeout | null = null
  /** The first refusal, told when no server knew better. */
  #refusal: DnsReply | null = null
  /** Servers that have refused or could not be reached. */
  readonly #useless = new Set<DnsServer>()
  #over = false

  constructor(name: string, type: QueryType, options: QueryOptions, done: (result: QueryResult) => void) {
    this.#name = name
    this.#type = type
    this.#options = options
    this.#done = done
    this.#deadlineMs = performance.now() + options.timeoutMs
  }

  start(): void {
    process.nextTick(() => this.#ask())
  }

  #ask(): void {
    this.#clear()
    const { servers, first, attemptMs, randomId } = this.#options
    const leftMs = this.#deadlineMs - performance.now()
    if (leftMs <= 0) return this.#finish(this.#refusal ?? 'TIMEOUT')
    if (this.#useless.size >= servers.length) return this.#finish(this.#refusal ?? 'SERVFAIL')
    let server = servers[(first + this.#attempt++) % servers.length]!
    while (this.#useless.has(server)) server = servers[(first + this.#attempt++) % servers.length]!
    this.#id = randomId() & 0xffff
    const message = encodeQuery(this.#id, this.#name, this.#type)
    if (message === null) return this.#finish('FORMERR')
    this.#timer = setTimeout(() => this.#ask(), Math.min(attemptMs, leftMs)).unref()
    const socket = createSocket(isIPv6(server.host) ? 'udp6' : 'udp4')
    this.#udp = socket
    socket.on('error', () => this.#exclude(socket, server))
    socket.on('message', bytes => this.#read(bytes, server, message))
    socket.connect(server.port, server.host, () => {
      if (this.#udp === socket) socket.send(message, error => error && this.#exclude(socket, server))
    })
  }

  /** Nobody listens there, or there is no way to it. */
  #exclude(socket: UdpSocket | TcpSocket, server: DnsServer): void {
    if (socket !== this.#udp && socket !== this.#tcp) return
    this.#useless.add(server)
    this.#ask()
  }

  #read(bytes: Uint8Array, server: DnsServer, message: Uint8Array): void {
    const reply = decodeReply(bytes, this.#id, this.#name, this.#type)
    if (reply === null || this.#over) return // forged, late or broken: the real one may still come
    if (reply.truncated && this.#tcp === null) return this.#askOverTcp(server, message)
    if (reply.code === 0 || reply.code === 3) return this.#finish(reply)
    this.#refusal ??= reply
    this.#useless.add(server)
    this.#ask()
  }

  #askOverTcp(server: DnsServer, message: Uint8Array): void {
    this.#closeUdp()
    const socket = connect({ host: server.host, port: server.port })
    this.#tcp = socket
    let gathered = Buffer.alloc(0)
    socket.on('error', () => this.#exclude(socket, server))
    socket.on('end', () => this.#exclude(socket, server))
    socket.on('connect', () => {
      socket.write(Buffer.concat([Uint8Array.of(message.length >> 8, message.length & 255), message]))
    })
    socket.on('data', part => {
      gathered = Buffer.concat([gathered, part as Buffer])
      if (gathered.length > maxMessage + 2) return this.#exclude(socket, server)
      if (gathered.length < 2 || gathered.length < 2 + gathered.readUInt16BE(0)) return
      const whole = gathered.subarray(2, 2 + gathered.readUInt16BE(0))
      // Over TCP nothing better will come.
      if (decodeReply(whole, this.#id, this.#name, this.#type)?.truncated ?? true) this.#exclude(socket, server)
      else this.#read(whole, server, message)
    })
  }

  #finish(result: QueryResult): void {
    if (this.#over) return
    this.#over = true
    this.#clear()
    this.#done(result)
  }

  #clear(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#closeUdp()
    const tcp = this.#tcp
    this.#tcp = null
    tcp?.destroy()
  }

  #closeUdp(): void {
    const udp = this.#udp
    this.#udp = null
    udp?.close()
  }
}
