/**
 * A probe that asks as gRPC's own health checking protocol says (grpc.health.v1.Health/Check), over HTTP/2.
 *
 * It reads with the readers that traffic is read with. Each probe has a connection of its own: one that is shared would
 * only tell that it still stands.
 */
import { failures } from '../exchange/failure.ts'
import type { DialAddress } from '../model/plan.ts'
import type { Channel, ChannelUser } from '../net/channel.ts'
import { nobody } from '../net/channels.ts'
import type { Dialing, DialUser } from '../net/dial.ts'
import type { TlsRefusal } from '../net/tls-dial.ts'
import { DEFAULT_FRAME_SIZE, DEFAULT_TABLE_SIZE, flags, frameTypes, NO_ERROR, settingIds } from '../wire/http2/codes.ts'
import type { ErrorCode } from '../wire/http2/codes.ts'
import { FrameReader, type FrameTaker } from '../wire/http2/frame-reader.ts'
import { clientPreface, frameHead, headersFrames, pingAck, SETTINGS_ACK } from '../wire/http2/frame-writer.ts'
import type { HeaderField } from '../wire/http2/header-field.ts'
import { HpackDecoder, HuffmanScratch, type FieldTaker } from '../wire/http2/hpack-decoder.ts'
import { encodeField } from '../wire/http2/hpack-encoder.ts'
import { systemReason, refusalReason, type CheckTls, type Prober, type ProberPorts } from './prober.ts'

export interface GrpcProbeOptions {
  readonly addresses: readonly DialAddress[]
  /** Whose health is asked about; '': the server's as such. */
  readonly service: string
  /** The status that has to come; 0: the service has to say that it serves as well. */
  readonly status: number
  /** What :authority says. */
  readonly host: string
  readonly connectTimeoutMs: number
  /** From the request to the end of the answer. */
  readonly readTimeoutMs: number
  /** Asked for each connection; null: bytes go in the clear. */
  readonly tls: ReturnType<CheckTls> | null
}

const STREAM = 1
const MAX_BLOCK = 64 * 1024
/** A health is two bytes; whoever says more says something else. */
const MAX_ANSWER = 4096
const SERVING = 1

export class GrpcProber implements Prober, DialUser, ChannelUser, FrameTaker, FieldTaker {
  readonly #options: GrpcProbeOptions
  readonly #ports: ProberPorts
  #done: ((wrong: string | null) => void) | null = null
  #stopClock: () => void = nothing
  #dialing: Dialing | null = null
  #channel: Channel | null = null
  #reader: FrameReader | null = null
  #decoder: HpackDecoder | null = null
  #fields = new Map<string, string>()
  #answer: Buffer = Buffer.alloc(0)
  #dataEnds = false

  constructor(options: GrpcProbeOptions, ports: ProberPorts) {
    this.#options = options
    this.#ports = ports
  }

  probe(done: (wrong: string | null) => void): void {
    this.#done = done
    const { addresses, connectTimeoutMs, tls } = this.#options
    const target = tls === null ? null : tls()
    // `done` is never told from inside `probe`.
    if (typeof target === 'string') return this.#limit(0, target)
    this.#limit(connectTimeoutMs, 'timed out while connecting')
    this.#dialing = this.#ports.dial(addresses, this, target)
  }

  close(): void {
    this.#done = null
    this.#stopClock()
    this.#dialing?.cancel()
    this.#dialing = null
    const channel = this.#channel
    this.#channel = null
    if (channel === null) return
    channel.attach(nobody)
    channel.destroy()
  }

  // === DialUser

  connected(channel: Channel): void {
    this.#dialing = null
    this.#channel = channel
    this.#reader = new FrameReader(this, {
      preface: false,
      maxBlockSize: MAX_BLOCK,
      maxFrameSize: DEFAULT_FRAME_SIZE,
    })
    this.#decoder = new HpackDecoder(DEFAULT_TABLE_SIZE, new HuffmanScratch())
    this.#fields.clear()
    this.#answer = Buffer.alloc(0)
    this.#dataEnds = false
    this.#limit(this.#options.readTimeoutMs, 'timed out while waiting for the response')
    channel.attach(this)
    channel.resume()
    channel.write(this.#request())
  }

  failed(error: string, refusal?: TlsRefusal): void {
    this.#tell(refusal === undefined ? systemReason(error) : refusalReason(refusal))
  }

  // === ChannelUser

  received(bytes: Buffer, end: number): void {
    const error = this.#reader?.read(bytes, 0, end) ?? NO_ERROR
    if (error !== NO_ERROR) this.#tell('the answer is no HTTP/2')
  }

  drained(): void {}

  ended(): void {
    this.#tell(failures.upstream_closed.text)
  }

  closed(error: string): void {
    this.#tell(error === '' ? failures.upstream_closed.text : systemReason(error))
  }

  // === FrameTaker

  dataBegins(_stream: number, _size: number, _padding: number, endStream: boolean): ErrorCode {
    this.#dataEnds = endStream
    return NO_ERROR
  }

  dataPart(bytes: Buffer, start: number, end: number): ErrorCode {
    if (this.#answer.length + end - start > MAX_ANSWER) this.#tell('the answer is too long for a health')
    else this.#answer = Buffer.concat([this.#answer, bytes.subarray(start, end)])
    return NO_ERROR
  }

  dataEnds(): ErrorCode {
    if (this.#dataEnds) this.#judge()
    return NO_ERROR
  }

  headers(_stream: number, endStream: boolean, bytes: Buffer, start: number, end: number): ErrorCode {
    const error = this.#decoder!.decode(bytes, start, end, this)
    if (error === NO_ERROR && endStream) this.#judge()
    return error
  }

  reset(_stream: number, code: ErrorCode): ErrorCode {
    this.#tell(`${failures.stream_reset.text} (${code})`)
    return NO_ERROR
  }

  settings(): ErrorCode {
    this.#channel?.write(SETTINGS_ACK)
    return NO_ERROR
  }

  settingsTaken(): ErrorCode {
    return NO_ERROR
  }

  ping(bytes: Buffer, start: number): ErrorCode {
    this.#channel?.write(pingAck(bytes.toString('latin1', start, start + 8)))
    return NO_ERROR
  }

  pingAnswered(): ErrorCode {
    return NO_ERROR
  }

  /** What was begun before it is still answered. */
  goaway(lastStream: number): ErrorCode {
    if (lastStream < STREAM) this.#tell(failures.stream_refused.text)
    return NO_ERROR
  }

  windowUpdate(): ErrorCode {
    return NO_ERROR
  }

  ignored(): ErrorCode {
    return NO_ERROR
  }

  streamError(_stream: number, code: ErrorCode): ErrorCode {
    return code
  }

  // === FieldTaker

  field({ name, value }: HeaderField): void {
    this.#fields.set(name, value)
  }

  #request(): string {
    const { host, service, tls } = this.#options
    const block =
      encodeField(':method', 'POST') +
      encodeField(':scheme', tls === null ? 'http' : 'https') +
      encodeField(':path', '/grpc.health.v1.Health/Check') +
      encodeField(':authority', host) +
      encodeField('content-type', 'application/grpc') +
      encodeField('te', 'trailers') +
      encodeField('user-agent', 'evenkeel health check')
    const message = healthCheckRequest(service)
    const body = `\0\0\0${String.fromCharCode(message.length >> 8, message.length & 255)}${message}`
    return (
      clientPreface([[settingIds.enablePush, 0]]) +
      headersFrames(block, STREAM, false, DEFAULT_FRAME_SIZE) +
      frameHead(body.length, frameTypes.data, flags.endStream, STREAM) +
      body
    )
  }

  #judge(): void {
    const status = this.#fields.get(':status') ?? ''
    const said = this.#fields.get('grpc-status') ?? ''
    const { status: wanted, service } = this.#options
    if (status !== '200') return this.#tell(`status ${status || 'missing'}`)
    if (!/^\d{1,2}$/.test(said)) return this.#tell('no grpc-status')
    if (Number(said) !== wanted) return this.#tell(`grpc-status ${said}`)
    if (wanted !== 0) return this.#tell(null)
    const health = healthOf(this.#answer)
    const whose = service === '' ? 'the server' : `service "${service}"`
    this.#tell(health === SERVING ? null : `${whose} is ${healthNames[health] ?? 'in no health that is known'}`)
  }

  #limit(ms: number, wrong: string): void {
    this.#stopClock()
    this.#stopClock = this.#ports.clock.after(ms, () => this.#tell(wrong))
  }

  #tell(wrong: string | null): void {
    const done = this.#done
    this.close()
    done?.(wrong)
  }
}

const nothing = (): void => {}

const healthNames: Readonly<Record<number, string>> = {
  0: 'UNKNOWN',
  2: 'NOT_SERVING',
  3: 'SERVICE_UNKNOWN',
}

/** HealthCheckRequest { string service = 1 }; the configuration keeps names below 128 bytes. */
function healthCheckRequest(service: string): string {
  return service === '' ? '' : `\x0a${String.fromCharCode(service.length)}${service}`
}

/** HealthCheckResponse { ServingStatus status = 1 }, behind gRPC's five bytes; -1: it is none. A default is left out. */
function healthOf(answer: Buffer): number {
  if (answer.length < 5 || answer[0] !== 0 || answer.readUInt32BE(1) !== answer.length - 5) return -1
  const message = answer.subarray(5)
  if (message.length === 0) return 0
  return message.length === 2 && message[0] === 0x08 ? message[1]! : -1
}
