/** Files served from disk. */
import { literalText } from '../../../model/template.ts'
import type { Statement } from '../parser.ts'
import type { Place } from '../place.ts'
import { ANY, alsoInIf, choice, everywhere, flag, once, row, type Directive } from '../table.ts'
import { readNumber } from '../values.ts'

export const fileDirectives: readonly Directive[] = [
  {
    ...row('root', alsoInIf, 'path', 'html', 'Folder that paths are looked up in.'),
    apply: (place, statement) => readRoot(place, statement, 'root'),
  },
  {
    ...row('alias', ['location'], 'path', null, 'What the prefix of the location is replaced by.'),
    apply: (place, statement) => readRoot(place, statement, 'alias'),
  },
  {
    ...row('index', everywhere, 'file ...', 'index.html', 'Files that stand for a folder.'),
    arguments: [1, ANY],
    apply: (place, statement) => {
      for (let word = 1; word < statement.words.length; word++) {
        if (statement.words[word] === '') return place.fail(statement, word, 'index "" in "index" directive is invalid')
        const value = place.template(statement, word)
        if (value !== null) place.append(statement, 'index', value)
      }
    },
  },
  {
    ...row('try_files', ['server', 'location'], 'file ... uri | =code', null, 'Files tried in turn, then where to go.'),
    arguments: [2, ANY],
    apply: readTryFiles,
  },
  {
    ...row(
      'types',
      everywhere,
      '{ type extension ...; }',
      'text/html html; image/gif gif; image/jpeg jpg;',
      'Content types by file extension.',
    ),
    arguments: [0, 0],
    block: true,
    apply: readTypes,
  },
  {
    ...row('default_type', everywhere, 'type', 'text/plain', 'Content type of files without a known extension.'),
    apply: (place, statement) => {
      if (once(place, statement, 'defaultType')) place.put(statement, 'defaultType', statement.words[1] ?? '')
    },
  },
  flag('etag', 'etag', 'on', 'Whether files get an ETag.'),
  choice(
    'if_modified_since',
    'ifModifiedSince',
    { off: 'off', exact: 'exact', before: 'before' },
    'exact',
    'How If-Modified-Since is compared.',
  ),
  {
    ...row('max_ranges', everywhere, 'number', null, 'Most ranges one request may ask for; 0 turns ranges off.'),
    apply: (place, statement) => {
      if (!once(place, statement, 'maxRanges')) return
      const value = readNumber(statement.words[1] ?? '')
      if (value === null) place.failDirective(statement, 'invalid number')
      else place.put(statement, 'maxRanges', value)
    },
  },
  flag('autoindex', 'autoindex', 'off', 'Whether folders are listed.'),
  flag('log_not_found', 'logNotFound', 'on', 'Whether missing files are told in the error log.'),
]

function readRoot(place: Place, statement: Statement, name: 'root' | 'alias'): void {
  if (name in place.settings) return place.failDirective(statement, 'is duplicate')
  const other = name === 'root' ? 'alias' : 'root'
  if (other in place.settings) {
    return place.fail(statement, 0, `"${name}" directive is duplicate, "${other}" directive was specified earlier`)
  }
  if (name === 'alias' && place.location?.match.kind === 'named') {
    return place.fail(statement, 0, 'the "alias" directive cannot be used inside the named location')
  }
  const written = statement.words[1] ?? ''
  const circular = /\$\{?(document_root|realpath_root)/.exec(written)?.[1]
  if (circular !== undefined) {
    return place.fail(statement, 1, `the $${circular} variable cannot be used in the "${name}" directive`)
  }
  // The final slash of a root would be doubled by the path after it; an alias stands for the prefix as it is.
  const value = place.template(statement, 1, name === 'root' ? written.replace(/\/$/, '') : written)
  if (value !== null) place.put(statement, name, value)
}

function readTryFiles(place: Place, statement: Statement): void {
  if (!once(place, statement, 'tryFiles')) return
  const last = statement.words.length - 1
  const templates = statement.words.slice(1).map((_, at) => place.template(statement, at + 1))
  const fallback = templates.pop()
  const candidates = templates.filter(one => one !== null)
  if (fallback === null || fallback === undefined || candidates.length < templates.length) return
  const text = literalText(fallback)
  if (text?.startsWith('=') !== true)
    return place.put(statement, 'tryFiles', { candidates, fallback: { uri: fallback } })
  const status = readNumber(text.slice(1))
  if (status === null || status > 999) return place.fail(statement, last, `invalid code "${text}"`)
  place.put(statement, 'tryFiles', { candidates, fallback: { status } })
}

function readTypes(place: Place, statement: Statement): void {
  const types = new Map(Object.entries(place.settings.types ?? {}))
  for (const line of statement.block ?? []) {
    if (line.block !== null) {
      place.fail(line, 0, 'unexpected "{"')
      continue
    }
    const [type = '', ...extensions] = line.words
    if (type === 'include') {
      place.fail(line, 0, 'invalid number of arguments in "include" directive')
      continue
    }
    for (const [at, written] of extensions.entries()) {
      const extension = written.toLowerCase()
      const old = types.get(extension)
      if (old !== undefined) {
        const message = `duplicate extension "${extension}", content type: "${type}", previous content type: "${old}"`
        place.warn(line, at + 1, message)
      }
      types.set(extension, type)
    }
  }
  place.put(statement, 'types', Object.fromEntries(types))
}
