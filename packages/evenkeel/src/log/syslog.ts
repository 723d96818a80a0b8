/** Sends log lines to a syslog server over UDP (RFC 3164). What is lost on the way is lost: nobody waits for it. */
import { createSocket, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { toByteText } from '../route/byte-text.ts'
import type { TimeText } from '../route/time-text.ts'
import type { SyslogTarget } from './syslog-target.ts'
import { systemErrorText } from './system-error.ts'
import type { LineSink } from './writer.ts'

export interface SyslogPorts {
  readonly time: TimeText
  readonly hostname: string
  readonly now: () => number
  readonly onTrouble: (text: string) => void
}

/** Datagrams kept while the server's name is looked up. */
const WAITING = 1000
const MINUTE = 60_000
/** A datagram longer than this is not sent by any network. */
const LONGEST = 65_000

export class Syslog implements LineSink {
  readonly #target: SyslogTarget
  readonly #ports: SyslogPorts
  #socket: Socket | null = null
  #connected = false
  #waiting: Buffer[] = []
  #troubleMs = Number.NEGATIVE_INFINITY
  #closed = false

  constructor(target: SyslogTarget, ports: SyslogPorts) {
    this.#target = target
    this.#ports = ports
  }

  write(line: string): void {
    this.send(this.#target.severity, line)
  }

  /** With a severity of its own (0 the gravest), as lines of error logs have. */
  send(severity: number, line: string): void {
    if (this.#closed) return
    const { facility, tag, withHostname } = this.#target
    const host = withHostname ? toByteText(this.#ports.hostname) + ' ' : ''
    const text = `<${facility * 8 + severity}>${this.#ports.time.syslog()} ${host}${tag}: ${line}`
    const datagram = Buffer.from(text.length > LONGEST ? text.slice(0, LONGEST) : text, 'latin1')
    if (this.#connected) this.#socket!.send(datagram, this.#onSent)
    else {
      if (this.#waiting.length < WAITING) this.#waiting.push(datagram)
      if (this.#socket === null) this.#connect()
    }
  }

  close(): void {
    this.#closed = true
    // What was sent this turn is with the system already, unless the name is still looked up.
    this.#socket?.close()
    this.#socket = null
  }

  #connect(): void {
    const { host, port } = this.#target
    const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4')
    socket.on('error', this.#onError)
    socket.unref()
    this.#socket = socket
    socket.connect(port, host, () => {
      if (this.#closed) return
      this.#connected = true
      for (const datagram of this.#waiting) socket.send(datagram, this.#onSent)
      this.#waiting = []
    })
  }

  readonly #onSent = (error: Error | null): void => {
    // Nobody listens there: the kernel tells of an earlier datagram, the socket stays good.
    if (error !== null) this.#trouble(error)
  }

  readonly #onError = (error: Error): void => {
    this.#trouble(error)
    // The name was not found: the next line tries again.
    if (this.#connected || this.#socket === null) return
    this.#socket.close()
    this.#socket = null
    this.#waiting = []
  }

  #trouble(error: Error): void {
    const now = this.#ports.now()
    if (now - this.#troubleMs < MINUTE) return
    this.#troubleMs = now
    this.#ports.onTrouble(`send() to syslog server "${this.#target.host}" failed (${systemErrorText(error)})`)
  }
}
