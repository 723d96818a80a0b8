/**
 * The codings we can give a response, in the order in which we like them: brotli makes the smallest text, Zstandard is
 * the cheapest, gzip is what everybody has. Small bodies are coded at once: up to `AT_ONCE` bytes that takes less time
 * than handing them to another thread and back (0.3 ms for zlib's streams on the machine docs/performance.md tells of).
 */
import {
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createGzip,
  createZstdCompress,
  gzipSync,
  zstdCompressSync,
  type Gzip,
} from 'node:zlib'
import type { CompressionSettings } from '../../model/settings/compression-settings.ts'
import { compileTypes, type TypeTest } from './type-set.ts'

/** Any of zlib's streams: bytes in, bytes out, and a flush between. */
export type CodingStream = Pick<Gzip, 'write' | 'end' | 'pause' | 'resume' | 'destroy' | 'on' | 'once'> & {
  flush(done: () => void): void
}

export interface Coding {
  /** In Accept-Encoding and Content-Encoding. */
  readonly name: string
  readonly minLength: number
  readonly isType: TypeTest
  /** Bodies up to this size are coded by `code`, in one piece. */
  readonly atOnce: number
  code(body: Uint8Array): Uint8Array
  stream(): CodingStream
}

const AT_ONCE = 32 * 1024

export function compileCodings(settings: CompressionSettings): Coding[] {
  const codings: Coding[] = []
  if (settings.brotli) codings.push(brotli(settings))
  if (settings.zstd) codings.push(zstd(settings))
  if (settings.gzip) codings.push(gzip(settings))
  return codings
}

function gzip({ gzipCompLevel, gzipMinLength, gzipTypes, gzipWindow, gzipHash }: CompressionSettings): Coding {
  const options = {
    level: gzipCompLevel,
    // The smallest window zlib takes for gzip is 512 bytes, 9 bits.
    windowBits: Math.log2(gzipWindow),
    memLevel: Math.max(1, Math.log2(gzipHash) - 8),
  }
  return {
    name: 'gzip',
    minLength: gzipMinLength,
    isType: compileTypes(gzipTypes),
    atOnce: AT_ONCE,
    code: body => gzipSync(body, options),
    stream: () => flushing(createGzip(options), constants.Z_SYNC_FLUSH),
  }
}

function brotli({ brotliCompLevel, brotliMinLength, brotliTypes }: CompressionSettings): Coding {
  const { BROTLI_PARAM_QUALITY: quality, BROTLI_PARAM_LGWIN: window, BROTLI_PARAM_SIZE_HINT: hint } = constants
  const params = { [quality]: brotliCompLevel, [window]: 19 }
  return {
    name: 'br',
    minLength: brotliMinLength,
    isType: compileTypes(brotliTypes),
    // From 10 on brotli tries everything: a page takes it tens of milliseconds.
    atOnce: brotliCompLevel > 7 ? 0 : AT_ONCE,
    code: body => brotliCompressSync(body, { params: { ...params, [hint]: body.length } }),
    stream: () => flushing(createBrotliCompress({ params }), constants.BROTLI_OPERATION_FLUSH),
  }
}

function zstd({ zstdCompLevel, zstdMinLength, zstdTypes }: CompressionSettings): Coding {
  const params = { [constants.ZSTD_c_compressionLevel]: zstdCompLevel }
  return {
    name: 'zstd',
    minLength: zstdMinLength,
    isType: compileTypes(zstdTypes),
    atOnce: zstdCompLevel > 9 ? 0 : AT_ONCE,
    code: body => zstdCompressSync(body, { params }),
    stream: () => flushing(createZstdCompress({ params }), constants.ZSTD_e_flush),
  }
}

/** Of all flushes the one that keeps what was learnt: what is at hand becomes readable, the ratio hardly suffers. */
function flushing(
  stream: ReturnType<typeof createGzip | typeof createBrotliCompress | typeof createZstdCompress>,
  kind: number,
): CodingStream {
  const plain = stream.flush.bind(stream)
  return Object.assign(stream, { flush: (done: () => void) => plain(kind, done) })
}
