/** A client's stream as the connection its exchange is on: all of the connection's, but for the number of the request. */
import type { ClientTls } from '../../exchange/client-tls.ts'
import type { ClientConnection, ProxiedAddress } from '../../exchange/exchange.ts'
import type { ErrorCode } from '../../wire/http2/codes.ts'
import type { FieldTable } from '../../wire/http2/field-table.ts'
import type { ListenerRuntime } from '../listener-runtime.ts'
import type { Ports } from '../ports.ts'
import type { FrameOutput } from './frame-output.ts'
import type { Http2Rules } from './rules.ts'
import type { ServerStream } from './server-stream.ts'
import type { StreamInput } from './stream-input.ts'
import { StreamOutput } from './stream-output.ts'

/** The connection, as its streams see it. */
export interface StreamOwner extends ClientConnection {
  readonly runtime: ListenerRuntime
  readonly rules: Http2Rules
  readonly ports: Ports
  /** Streams that are answered and listened to: nobody is kept out because of them. */
  lingering: number
  /** How fields go out. */
  readonly table: FieldTable
  /** The stream has handed on some of its body: flushInput is to be called behind this read. */
  fed(stream: StreamInput): void
  /** The stream sends nothing more; `code` is to be told the client with a reset, null: both sides ended it. */
  streamOver(stream: ServerStream, code: ErrorCode | null): void
}

export abstract class ServedStream extends StreamOutput implements ClientConnection {
  readonly requests: number
  readonly owner: StreamOwner

  constructor(id: number, owner: StreamOwner, output: FrameOutput) {
    super(id, output)
    this.owner = owner
    this.requests = owner.requests
  }

  get serial(): number {
    return this.owner.serial
  }

  get openedMs(): number {
    return this.owner.openedMs
  }

  get remoteAddress(): string {
    return this.owner.remoteAddress
  }

  get remotePort(): number {
    return this.owner.remotePort
  }

  get localAddress(): string {
    return this.owner.localAddress
  }

  get localPort(): number {
    return this.owner.localPort
  }

  get secure(): boolean {
    return this.owner.secure
  }

  get tls(): ClientTls | null {
    return this.owner.tls ?? null
  }

  get proxied(): ProxiedAddress | null {
    return this.owner.proxied
  }
}
