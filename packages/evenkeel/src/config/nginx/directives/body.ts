/** What changes the text of answers: sub_filter and charset; and how folders and links in them are shown. */
import type { CharsetMapModel } from '../../../model/settings/body-settings.ts'
import type { Statement } from '../parser.ts'
import type { Place } from '../place.ts'
import { alsoInIf, choice, everywhere, flag, once, row, type Directive } from '../table.ts'
import { contentTypes } from './content-types.ts'

const MOST_PATTERNS = 255

export const bodyDirectives: readonly Directive[] = [
  {
    ...row('sub_filter', everywhere, 'string replacement', null, 'Text of answers that is replaced, in any case.'),
    arguments: [2, 2],
    apply: readSubFilter,
  },
  flag('sub_filter_once', 'subFilterOnce', 'on', 'Whether each text is replaced only where it is first found.'),
  contentTypes(
    'sub_filter_types',
    'subFilterTypes',
    'text/html',
    'Types that sub_filter looks into besides text/html.',
  ),
  flag(
    'sub_filter_last_modified',
    'subFilterLastModified',
    'off',
    'Whether answers keep Last-Modified when their text is replaced.',
  ),
  {
    ...row('charset', alsoInIf, 'charset | off', 'off', 'Charset that Content-Type names, and answers are recoded to.'),
    apply: (place, statement) => readCharset(place, statement, 'charset'),
  },
  {
    ...row('source_charset', alsoInIf, 'charset | off', 'off', 'Charset answers are in when they do not say.'),
    apply: (place, statement) => readCharset(place, statement, 'sourceCharset'),
  },
  flag(
    'override_charset',
    'overrideCharset',
    'off',
    'Whether an answer of a server that names its charset is recoded.',
    alsoInIf,
  ),
  contentTypes(
    'charset_types',
    'charsetTypes',
    'text/html text/xml text/plain text/vnd.wap.wml application/javascript application/rss+xml',
    'Types that get a charset besides text/html.',
  ),
  {
    ...row('charset_map', ['http'], 'charset1 charset2 { code1 code2; ... }', null, 'How bytes are recoded.'),
    arguments: [2, 2],
    block: true,
    apply: readCharsetMap,
  },
  choice(
    'autoindex_format',
    'autoindexFormat',
    { html: 'html', xml: 'xml', json: 'json', jsonp: 'jsonp' },
    'html',
    'How folders are listed.',
  ),
  flag('autoindex_exact_size', 'autoindexExactSize', 'on', 'Whether listings tell sizes in bytes.'),
  flag('autoindex_localtime', 'autoindexLocaltime', 'off', 'Whether listings tell times of this time zone.'),
  flag('random_index', 'randomIndex', 'off', 'Whether a file of the folder, any, stands for it.', ['location']),
  {
    ...row(
      'disable_symlinks',
      everywhere,
      'off | on | if_not_owner [from=part]',
      'off',
      'Whether symbolic links in paths of files are followed.',
    ),
    arguments: [1, 2],
    apply: readSymlinks,
  },
]

function readSubFilter(place: Place, statement: Statement): void {
  if (statement.words[1] === '') return place.fail(statement, 1, 'empty search pattern')
  if ((place.settings.subFilter?.length ?? 0) >= MOST_PATTERNS)
    return place.fail(statement, 0, `number of search patterns exceeds ${MOST_PATTERNS}`)
  const find = place.template(statement, 1)
  const replacement = place.template(statement, 2)
  if (find !== null && replacement !== null) place.append(statement, 'subFilter', { find, replacement })
}

function readCharset(place: Place, statement: Statement, key: 'charset' | 'sourceCharset'): void {
  if (!once(place, statement, key)) return
  const written = statement.words[1] ?? ''
  if (written.toLowerCase() === 'off') return place.put(statement, key, null)
  const value = place.template(statement, 1)
  if (value !== null) place.put(statement, key, value)
}

function readCharsetMap(place: Place, statement: Statement): void {
  const { http } = place.reading
  const [, from = '', to = ''] = statement.words
  if (http === null) return
  const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()
  if (same(from, to)) return place.fail(statement, 2, `"charset_map" between the same charsets "${from}" and "${to}"`)
  const maps = (http.charsetMaps ??= [])
  if (maps.some(map => (same(map.from, from) && same(map.to, to)) || (same(map.from, to) && same(map.to, from)))) {
    return place.fail(statement, 0, `duplicate "charset_map" between "${from}" and "${to}"`)
  }
  const utf8 = same(to, 'utf-8')
  const pairs: CharsetMapModel['pairs'][number][] = []
  for (const line of statement.block ?? []) {
    if (line.words.length !== 2) {
      place.fail(line, 0, 'invalid parameters number')
      continue
    }
    const [first = '', second = ''] = line.words
    const byte = readByte(first)
    if (byte === null) {
      place.fail(line, 0, `invalid value "${first}"`)
      continue
    }
    const bytes = utf8 && second.length > 2 ? readBytes(second) : [readByte(second)]
    if (bytes === null || bytes.some(one => one === null)) place.fail(line, 1, `invalid value "${second}"`)
    else pairs.push({ byte, bytes: bytes as number[] })
  }
  maps.push({ from, to, pairs })
}

function readByte(text: string): number | null {
  return /^[0-9a-f]{1,2}$/i.test(text) ? Number.parseInt(text, 16) : null
}

/** One character of UTF-8 in hexadecimal. */
function readBytes(text: string): number[] | null {
  return /^(?:[0-9a-f]{2}){1,4}$/i.test(text) ? [...Buffer.from(text, 'hex')] : null
}

function readSymlinks(place: Place, statement: Statement): void {
  if (!once(place, statement, 'disableSymlinks')) return
  const [, first = '', second] = statement.words
  let mode: 'off' | 'on' | 'if_not_owner' | null = null
  let from: string | null = null
  let fromWord = 0
  for (const [index, word] of [first, second].entries()) {
    if (word === undefined) continue
    if (word === 'off' || word === 'on' || word === 'if_not_owner') mode = word
    else if (word.startsWith('from=') && word.length > 5) {
      from = word.slice(5)
      fromWord = index + 1
    } else return place.fail(statement, index + 1, `invalid parameter "${word}"`)
  }
  if (mode === null)
    return place.fail(statement, 0, '"disable_symlinks" must have "off", "on" or "if_not_owner" parameter')
  if (mode === 'off' && second !== undefined)
    return place.fail(statement, 0, '"from=" cannot be used with "off" parameter')
  const template = from === null ? null : place.template(statement, fromWord, from)
  if (from !== null && template === null) return
  place.put(statement, 'disableSymlinks', { mode, from: template })
}
