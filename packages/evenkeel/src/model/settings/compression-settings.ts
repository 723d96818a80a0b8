/**
 * How answers are coded on their way to the client: gzip as in nginx, and brotli and zstd by directives of the same
 * shape. `gzipHttpVersion`, `gzipProxied`, `gzipVary` and `gzipDisable` are about clients and hold for all codings.
 */
import type { Pattern } from '../pattern.ts'

export type GzipProxied =
  | 'off'
  | 'expired'
  | 'no-cache'
  | 'no-store'
  | 'private'
  | 'no_last_modified'
  | 'no_etag'
  | 'auth'
  | 'any'

/** `on`: a file with that ending is sent to whoever takes its coding; `always`: to everybody. */
export type StaticCoding = 'off' | 'on' | 'always'

export interface CompressionSettings {
  gzip: boolean
  gzipCompLevel: number
  gzipMinLength: number
  /** Lower-case; `*` is every type. */
  gzipTypes: readonly string[]
  gzipStatic: StaticCoding
  /** Bytes of the window; a power of two from 512 to 32768. */
  gzipWindow: number
  /** Bytes of zlib's hash; a power of two from 512 to 131072. */
  gzipHash: number
  gunzip: boolean
  brotli: boolean
  brotliCompLevel: number
  brotliMinLength: number
  brotliTypes: readonly string[]
  brotliStatic: StaticCoding
  zstd: boolean
  zstdCompLevel: number
  zstdMinLength: number
  zstdTypes: readonly string[]
  zstdStatic: StaticCoding
  /** Least version, as major * 10 + minor. */
  gzipHttpVersion: 10 | 11
  gzipProxied: readonly GzipProxied[]
  gzipVary: boolean
  /** User agents that get nothing coded; `msie6` is nginx's word for old Internet Explorers. */
  gzipDisable: readonly (Pattern | 'msie6')[]
}

/** Brotli's level is that of its nginx module, zstd's the library's own. */
export const compressionDefaults: CompressionSettings = {
  gzip: false,
  gzipCompLevel: 1,
  gzipMinLength: 20,
  gzipTypes: ['text/html'],
  gzipStatic: 'off',
  gzipWindow: 32768,
  gzipHash: 131072,
  gunzip: false,
  brotli: false,
  brotliCompLevel: 6,
  brotliMinLength: 20,
  brotliTypes: ['text/html'],
  brotliStatic: 'off',
  zstd: false,
  zstdCompLevel: 3,
  zstdMinLength: 20,
  zstdTypes: ['text/html'],
  zstdStatic: 'off',
  gzipHttpVersion: 11,
  gzipProxied: ['off'],
  gzipVary: false,
  gzipDisable: [],
}
