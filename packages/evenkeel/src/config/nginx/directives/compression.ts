/** Compression of answers: nginx's gzip modules, and brotli and zstd by the same rules. */
import type { CompressionSettings } from '../../../model/settings/compression-settings.ts'
import type { Statement } from '../parser.ts'
import type { Place } from '../place.ts'
import { ANY, alsoInIf, choice, everywhere, flag, mask, once, row, size, type Directive } from '../table.ts'
import { readNumber, readSize } from '../values.ts'
import { contentTypes } from './content-types.ts'

const STATIC = { off: 'off', on: 'on', always: 'always' } as const

export const compressionDirectives: readonly Directive[] = [
  flag('gzip', 'gzip', 'off', 'Whether answers are compressed with gzip.', alsoInIf),
  level('gzip_comp_level', 'gzipCompLevel', 1, 9, '1', "gzip's effort."),
  size('gzip_min_length', 'gzipMinLength', '20', 'Shortest answer that is compressed, by its Content-Length.'),
  contentTypes('gzip_types', 'gzipTypes', 'text/html', 'Types that are compressed besides text/html; * is every type.'),
  choice('gzip_static', 'gzipStatic', STATIC, 'off', 'Whether `file.gz` is sent in the place of `file`.'),
  powerOfTwo('gzip_window', 'gzipWindow', 512, 32768, '32k', 'How far back gzip looks for repetitions.'),
  powerOfTwo('gzip_hash', 'gzipHash', 512, 131072, '128k', 'Memory of the table gzip finds repetitions with.'),
  flag('gunzip', 'gunzip', 'off', 'Whether gzip is taken off for clients that do not take it.'),
  flag('brotli', 'brotli', 'off', 'Whether answers are compressed with brotli.', alsoInIf),
  level('brotli_comp_level', 'brotliCompLevel', 0, 11, '6', "brotli's effort."),
  size('brotli_min_length', 'brotliMinLength', '20', 'Shortest answer that is compressed, by its Content-Length.'),
  contentTypes('brotli_types', 'brotliTypes', 'text/html', 'Types that are compressed besides text/html.'),
  choice('brotli_static', 'brotliStatic', STATIC, 'off', 'Whether `file.br` is sent in the place of `file`.'),
  flag('zstd', 'zstd', 'off', 'Whether answers are compressed with Zstandard.', alsoInIf),
  level('zstd_comp_level', 'zstdCompLevel', 1, 22, '3', "Zstandard's effort."),
  size('zstd_min_length', 'zstdMinLength', '20', 'Shortest answer that is compressed, by its Content-Length.'),
  contentTypes('zstd_types', 'zstdTypes', 'text/html', 'Types that are compressed besides text/html.'),
  choice('zstd_static', 'zstdStatic', STATIC, 'off', 'Whether `file.zst` is sent in the place of `file`.'),
  choice(
    'gzip_http_version',
    'gzipHttpVersion',
    { '1.0': 10, '1.1': 11 },
    '1.1',
    'Least HTTP version of a client that gets compressed answers.',
  ),
  mask(
    'gzip_proxied',
    'gzipProxied',
    ['off', 'expired', 'no-cache', 'no-store', 'private', 'no_last_modified', 'no_etag', 'auth', 'any'],
    'off',
    'Which answers are compressed for requests that came through a proxy (Via).',
  ),
  flag('gzip_vary', 'gzipVary', 'off', 'Whether answers that may be compressed say Vary: Accept-Encoding.'),
  {
    ...row('gzip_disable', everywhere, 'regex ...', null, 'User agents that get nothing compressed; also `msie6`.'),
    arguments: [1, ANY],
    apply: readDisable,
  },
]

function level(
  name: string,
  key: 'gzipCompLevel' | 'brotliCompLevel' | 'zstdCompLevel',
  least: number,
  most: number,
  standard: string,
  text: string,
): Directive {
  return {
    ...row(name, everywhere, 'level', standard, `${text} ${least} to ${most}.`),
    apply: (place, statement) => {
      if (!once(place, statement, key)) return
      const value = readNumber(statement.words[1] ?? '')
      if (value === null) return place.failDirective(statement, 'invalid number')
      if (value < least || value > most) return place.fail(statement, 1, `value must be between ${least} and ${most}`)
      place.put(statement, key, value)
    },
  }
}

function powerOfTwo(
  name: string,
  key: keyof CompressionSettings & ('gzipWindow' | 'gzipHash'),
  least: number,
  most: number,
  standard: string,
  text: string,
): Directive {
  return {
    ...row(name, everywhere, 'size', standard, text),
    apply: (place, statement) => {
      if (!once(place, statement, key)) return
      const value = readSize(statement.words[1] ?? '')
      if (value === null) return place.failDirective(statement, 'invalid value')
      const fits = value >= least && value <= most && Number.isInteger(Math.log2(value))
      if (!fits) return place.failDirective(statement, `must be ${powers(least, most)}`)
      place.put(statement, key, value)
    },
  }
}

/** `512, 1k, 2k, or 4k` */
function powers(least: number, most: number): string {
  const sizes: string[] = []
  for (let size = least; size <= most; size *= 2) sizes.push(size < 1024 ? String(size) : `${size / 1024}k`)
  return `${sizes.slice(0, -1).join(', ')}, or ${sizes.at(-1)}`
}

function readDisable(place: Place, statement: Statement): void {
  for (let word = 1; word < statement.words.length; word++) {
    const written = statement.words[word] ?? ''
    if (written === 'msie6') place.append(statement, 'gzipDisable', written)
    // Of a build option that watches nginx's memory: there is nothing of the kind here.
    else if (written !== 'degradation') {
      const pattern = place.pattern(statement, word, written, true)
      if (pattern !== null) place.append(statement, 'gzipDisable', pattern)
    }
  }
}
