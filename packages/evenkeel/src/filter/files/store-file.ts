/**
 * proxy_store: keeps the body of a response as a file, for whoever serves files. It is written beside its place and gets
 * its name when it is whole; it knows nothing of freshness, and nobody takes it away again.
 */
import { close, fchmod, futimes, mkdir, open, rename, unlink, writev } from 'node:fs'
import { dirname } from 'node:path'
import type { Exchange } from '../../exchange/exchange.ts'
import type { Failure } from '../../exchange/failure.ts'
import type { Fields } from '../../exchange/fields.ts'
import type { ResponseHead } from '../../exchange/head.ts'
import { CRIT } from '../../exchange/log-level.ts'
import type { Action } from '../../exchange/route.ts'
import { settledSource, type Sink, type Source } from '../../exchange/sink.ts'
import type { LocationMatch } from '../../model/model.ts'
import type { Settings } from '../../model/settings.ts'
import type { Compile } from '../compile.ts'
import { compileFilePath } from './file-path.ts'
import { parseHttpDate } from '../fields/http-date.ts'
import { fullPath, isSafePath, problemText, systemPath, toProblem } from './path-test.ts'

/** Bytes that may wait for the disk before the origin has to. */
const MOST_PENDING = 1024 * 1024

/** `forward` with its answers kept; itself where nothing is to be. */
export function compileStore(
  settings: Settings,
  match: LocationMatch | null,
  compile: Compile,
  forward: Action,
): Action {
  const { proxyStore, proxyStoreAccess } = settings
  if (proxyStore === null) return forward
  let pathOf: (exchange: Exchange) => string | null
  if (proxyStore === true) {
    const files = compileFilePath(settings, match, compile)
    pathOf = exchange => files.of(exchange, exchange.uri)
  } else {
    const text = compile.text(proxyStore)
    pathOf = exchange => fullPath(text(exchange), compile.prefix)
  }
  let serial = 0
  return exchange => {
    const path = exchange.method === 'HEAD' ? null : pathOf(exchange)
    if (path !== null && isSafePath(path) && !path.endsWith('/')) {
      const temporary = `${path}.${process.pid}-${exchange.connection.serial}-${++serial}.tmp`
      exchange.reply = new StoreSink(exchange, exchange.reply, path, temporary, proxyStoreAccess)
    }
    return forward(exchange)
  }
}

class StoreSink implements Sink<ResponseHead>, Source {
  readonly #exchange: Exchange
  readonly #next: Sink<ResponseHead>
  readonly #path: string
  readonly #temporary: string
  readonly #access: number
  #source: Source = settledSource
  #modified = NaN
  #fd = -1
  #busy = false
  /** Nothing is kept (any more). */
  #idle = true
  #pending: Buffer[] = []
  #bytes = 0
  #clientPaused = false
  #finishing: (() => void) | null = null

  constructor(exchange: Exchange, next: Sink<ResponseHead>, path: string, temporary: string, access: number) {
    this.#exchange = exchange
    this.#next = next
    this.#path = path
    this.#temporary = temporary
    this.#access = access
  }

  interim(head: ResponseHead): void {
    this.#next.interim(head)
  }

  head(head: ResponseHead, source: Source): void {
    this.#source = source
    if (head.status === 200) {
      this.#idle = false
      this.#modified = parseHttpDate(head.fields.get('last-modified') ?? '')
      this.#open()
    }
    this.#next.head(head, this)
  }

  body(part: Uint8Array): boolean {
    if (!this.#idle) {
      this.#pending.push(Buffer.from(part))
      this.#bytes += part.length
      this.#flush()
    }
    if (!this.#next.body(part)) this.#clientPaused = true
    return !this.#clientPaused && this.#bytes <= MOST_PENDING
  }

  flush(): void {
    this.#next.flush()
  }

  end(trailers?: Fields): void {
    this.#source = settledSource
    const done = (): void => this.#next.end(trailers)
    if (this.#idle) return done()
    // Who asks for the file next is to find it.
    this.#finishing = done
    this.#flush()
  }

  abort(problem: Failure): void {
    this.#drop()
    this.#next.abort(problem)
  }

  pause(): void {
    this.#clientPaused = true
    this.#source.pause()
  }

  resume(): void {
    this.#clientPaused = false
    if (this.#bytes <= MOST_PENDING) this.#source.resume()
  }

  cancel(problem: Failure): void {
    if (this.#finishing === null) this.#drop()
    this.#source.cancel(problem)
  }

  #open(): void {
    this.#busy = true
    const create = (then: (error: NodeJS.ErrnoException | null) => void): void =>
      open(systemPath(this.#temporary), 'wx', 0o600, (error, fd) => {
        if (error === null) this.#fd = fd
        then(error)
      })
    const opened = (error: NodeJS.ErrnoException | null): void => {
      this.#busy = false
      if (error !== null) this.#failed(error)
      else if (this.#idle) this.#cleanUp()
      else this.#flush()
    }
    create(error => {
      if (error?.code !== 'ENOENT') return opened(error)
      mkdir(systemPath(dirname(this.#temporary)), { recursive: true, mode: 0o700 }, () => create(opened))
    })
  }

  #flush(): void {
    if (this.#busy || this.#idle) return
    if (this.#pending.length === 0) {
      if (this.#finishing !== null) this.#seal()
      return
    }
    const parts = this.#pending
    this.#pending = []
    this.#busy = true
    writev(this.#fd, parts, (error, written) => {
      this.#busy = false
      if (error !== null) return this.#failed(error)
      if (this.#idle) return this.#cleanUp()
      const rest = Buffer.concat(parts).subarray(written)
      if (rest.length > 0) this.#pending.unshift(rest)
      this.#bytes -= written
      this.#flush()
      if (!this.#clientPaused) this.#source.resume()
    })
  }

  #seal(): void {
    this.#busy = true
    const named = (error: NodeJS.ErrnoException | null): void => {
      this.#busy = false
      if (error !== null) return this.#failed(error)
      this.#idle = true
      if (this.#fd >= 0) close(this.#fd, ignore)
      this.#fd = -1
      this.#finishing?.()
    }
    const move = (): void => rename(systemPath(this.#temporary), systemPath(this.#path), named)
    fchmod(this.#fd, this.#access, error => {
      if (error !== null) return named(error)
      if (Number.isNaN(this.#modified)) return move()
      futimes(this.#fd, this.#modified, this.#modified, move)
    })
  }

  #failed(error: NodeJS.ErrnoException): void {
    const text = `"${this.#path}" could not be stored ${problemText(toProblem(error))}`
    this.#exchange.route.errorLog.tell(this.#exchange, CRIT, text)
    const done = this.#finishing
    this.#drop()
    if (done !== null) done()
    else if (!this.#clientPaused) this.#source.resume()
  }

  #drop(): void {
    if (this.#idle) return
    this.#idle = true
    this.#finishing = null
    this.#pending = []
    this.#bytes = 0
    this.#cleanUp()
  }

  #cleanUp(): void {
    if (this.#busy || this.#fd < 0) return
    close(this.#fd, ignore)
    this.#fd = -1
    unlink(systemPath(this.#temporary), ignore)
  }
}

function ignore(): void {}
