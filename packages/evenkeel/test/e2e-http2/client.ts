/**
 * A client of HTTP/2 in the hands of a test: says exactly the frames it is told to, well-formed or not, and waits for
 * what it names. It grants no window by itself.
 */
import { flags, frameTypes, PREFACE } from '../../src/wire/http2/codes.ts'
import { frameHead, headersFrames, settingsFrame } from '../../src/wire/http2/frame-writer.ts'
import { HpackDecoder, HuffmanScratch } from '../../src/wire/http2/hpack-decoder.ts'
import { encodeField } from '../../src/wire/http2/hpack-encoder.ts'
import { connect, type Connection } from '../scenario/connection.ts'
import { until } from '../scenario/wait.ts'

export interface Frame {
  readonly type: number
  readonly flags: number
  readonly stream: number
  readonly payload: Buffer
}

export interface Answer {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
  readonly trailers: ReadonlyMap<string, string> | null
  /** Interim heads before it. */
  readonly interim: readonly ReadonlyMap<string, string>[]
  /** Code of an RST_STREAM behind it; null: none came until now. */
  readonly reset: number | null
}

export type Fields = readonly (readonly [name: string, value: string])[]

/** The fields of a request. */
export function request(path = '/', method = 'GET', more: Fields = []): Fields {
  return [[':method', method], [':scheme', 'http'], [':path', path], [':authority', 'localhost'], ...more]
}

export function block(fields: Fields): string {
  return fields.map(([name, value]) => encodeField(name, value)).join('')
}

export function frame(type: number, bits: number, stream: number, payload = ''): string {
  return frameHead(payload.length, type, bits, stream) + payload
}

export function data(stream: number, payload: string, end = false): string {
  return frame(frameTypes.data, end ? flags.endStream : 0, stream, payload)
}

export class Http2Client {
  readonly connection: Connection
  /** Everything that has come. */
  readonly frames: Frame[] = []
  closed = false
  readonly #decoder = new HpackDecoder(4096, new HuffmanScratch())
  readonly #blocks = new Map<Frame, Map<string, string>>()
  #rest: Buffer = Buffer.alloc(0)
  #opened = -1

  /** On the other side, that of a server, a preface comes first. */
  constructor(connection: Connection, preface = '') {
    this.connection = connection
    const { socket } = connection
    let before = preface.length
    socket.on('data', part => {
      this.#read((part as Buffer).subarray(before))
      before = Math.max(0, before - (part as Buffer).length)
    })
    for (const event of ['end', 'close', 'error']) socket.on(event, () => (this.closed = true))
  }

  /** Preface and settings said, those of the other side acknowledged. */
  static async open(port: number, settings: readonly (readonly [number, number])[] = []): Promise<Http2Client> {
    const client = new Http2Client(await connect(port))
    client.send(PREFACE + settingsFrame(settings) + frame(frameTypes.settings, flags.ack, 0))
    await client.next(({ type, flags: bits }) => type === frameTypes.settings && bits === flags.ack, 'acknowledgement')
    return client
  }

  send(frames: string): this {
    this.connection.send(frames)
    return this
  }

  /** The fields of the first header block of a stream, as soon as it has come. */
  async head(stream: number): Promise<ReadonlyMap<string, string>> {
    const found = await this.next(frame => frame.type === frameTypes.headers && frame.stream === stream, 'HEADERS')
    return this.#blocks.get(found)!
  }

  /** A request on a new stream; answers its number. */
  ask(fields: Fields = request(), endStream = true): number {
    const stream = (this.#opened += 2)
    this.send(headersFrames(block(fields), stream, endStream, 16_384))
    return stream
  }

  async get(path = '/'): Promise<Answer> {
    return this.answer(this.ask(request(path)))
  }

  /** The first frame that fits, among those that have come and those to come. */
  async next(fits: (frame: Frame) => boolean, what = 'frame'): Promise<Frame> {
    return until(
      () => `${what}; there came ${JSON.stringify(this.frames.map(told))}${this.closed ? ', then the end' : ''}`,
      () => this.frames.find(fits),
    )
  }

  async reset(stream: number): Promise<number> {
    const found = await this.next(
      ({ type, stream: of }) => type === frameTypes.rstStream && of === stream,
      `RST_STREAM`,
    )
    return found.payload.readUInt32BE(0)
  }

  async goaway(): Promise<{ last: number; code: number }> {
    const { payload } = await this.next(({ type }) => type === frameTypes.goaway, 'GOAWAY')
    return { last: payload.readUInt32BE(0), code: payload.readUInt32BE(4) }
  }

  async ended(): Promise<void> {
    await until(
      () => `the connection to end; there came ${JSON.stringify(this.frames.map(told))}`,
      () => this.closed || undefined,
    )
  }

  /** Shows that the connection lives. */
  async ping(text = 'evenkeel'): Promise<void> {
    this.send(frame(frameTypes.ping, 0, 0, text))
    await this.next(({ type, payload }) => type === frameTypes.ping && payload.toString('latin1') === text, 'PING')
  }

  /** Bytes of data that have come on a stream. */
  received(stream: number): number {
    return this.#of(stream, frameTypes.data).reduce((sum, { payload }) => sum + payload.length, 0)
  }

  /** The whole answer of a stream. */
  async answer(stream: number): Promise<Answer> {
    await this.next(
      ({ type, stream: of, flags: bits }) =>
        of === stream &&
        ((type === frameTypes.rstStream && true) ||
          ((type === frameTypes.data || type === frameTypes.headers) && (bits & flags.endStream) !== 0)),
      `the end of stream ${stream}`,
    )
    const heads = this.#of(stream, frameTypes.headers).map(head => this.#blocks.get(head)!)
    const final = heads.findIndex(head => !head.get(':status')?.startsWith('1'))
    if (final < 0) throw new Error(`stream ${stream} was reset: ${await this.reset(stream)}`)
    const reset = this.#of(stream, frameTypes.rstStream)[0]
    return {
      status: Number(heads[final]!.get(':status')),
      headers: heads[final]!,
      body: Buffer.concat(this.#of(stream, frameTypes.data).map(({ payload }) => payload)).toString('latin1'),
      trailers: heads[final + 1] ?? null,
      interim: heads.slice(0, final),
      reset: reset === undefined ? null : reset.payload.readUInt32BE(0),
    }
  }

  #of(stream: number, type: number): Frame[] {
    return this.frames.filter(one => one.stream === stream && one.type === type)
  }

  #read(part: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, part])
    while (this.#rest.length >= 9) {
      const length = this.#rest.readUIntBE(0, 3)
      if (this.#rest.length < 9 + length) return
      const head = this.#rest
      this.#rest = head.subarray(9 + length)
      const payload = head.subarray(9, 9 + length)
      const found = { type: head[3]!, flags: head[4]!, stream: head.readUInt32BE(5), payload }
      this.frames.push(found)
      if (found.type === frameTypes.headers) this.#decode(found)
    }
  }

  #decode(found: Frame): void {
    const fields = new Map<string, string>()
    this.#blocks.set(found, fields)
    this.#decoder.decode(found.payload, 0, found.payload.length, {
      field: ({ name, value }) => {
        fields.set(name, fields.has(name) ? `${fields.get(name)}, ${value}` : value)
      },
    })
  }
}

function told({ type, flags: bits, stream, payload }: Frame): string {
  const name = Object.entries(frameTypes).find(([, number]) => number === type)?.[0] ?? type
  return `${name} ${bits} on ${stream} ${payload.toString('hex').slice(0, 32)}`
}
