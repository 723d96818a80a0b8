/** Servers and locations. */
import type { ExceptionModel, LocationMatch, ServerName } from '../../../model/model.ts'
import type { Statement } from '../parser.ts'
import { Place, type LocationDraft, type ServerDraft } from '../place.ts'
import { ANY, row, type Directive } from '../table.ts'
import { readListen } from '../listen.ts'
import { isHostMask } from './map.ts'

export const serverDirectives: readonly Directive[] = [
  {
    ...row('server', ['http'], '{ ... }', null, 'A virtual server.'),
    arguments: [0, 0],
    block: true,
    apply: readServer,
  },
  {
    ...row(
      'listen',
      ['server'],
      'address[:port] | port | unix:path [default_server] [ssl] [http2] [proxy_protocol] [backlog=n] [reuseport] [ipv6only=on|off] [so_keepalive=...]',
      '*:80',
      'Where the server accepts connections.',
    ),
    arguments: [1, ANY],
    apply: readListen,
  },
  {
    ...row(
      'server_name',
      ['server'],
      'name ...',
      '""',
      'Hosts the server answers for: names, wildcards, or ~patterns.',
    ),
    arguments: [1, ANY],
    apply: (place, statement) => {
      for (let word = 1; word < statement.words.length; word++) readServerName(place, statement, word)
    },
  },
  {
    ...row(
      'location',
      ['server', 'location'],
      '[= | ~ | ~* | ^~] uri { ... } | @name { ... }',
      null,
      'Settings for requests whose path begins so, is so or matches.',
    ),
    arguments: [1, 2],
    block: true,
    apply: readLocation,
  },
  {
    ...row('limit_except', ['location'], 'method ... { ... }', null, 'Settings for requests of all other methods.'),
    arguments: [1, ANY],
    block: true,
    apply: readLimitExcept,
  },
  {
    ...row('internal', ['location'], '', null, 'Keeps clients from asking for the location themselves.'),
    arguments: [0, 0],
    apply: (place, statement) => {
      if (place.once(statement) && place.location !== null) place.location.internal = true
    },
  },
  {
    ...row('stub_status', ['server', 'location'], '', null, 'Answers with counts of connections and requests.'),
    arguments: [0, 1],
    apply: (place, statement) => {
      place.holder.content = { kind: 'stub-status' }
      place.mark('content', statement.position)
    },
  },
  {
    ...row('empty_gif', ['location'], '', null, 'Answers with a picture of one transparent pixel.'),
    arguments: [0, 0],
    apply: (place, statement) => {
      place.holder.content = { kind: 'empty-gif' }
      place.mark('content', statement.position)
    },
  },
]

function readServer(place: Place, statement: Statement): void {
  const { http } = place.reading
  if (http === null) return
  const settings = {}
  const server: ServerDraft = { listens: [], names: [], settings, rewrite: [], locations: [], content: null }
  const inner = new Place('server', place.reading, `http.servers.${http.servers.length}`, {
    server,
    settings,
    rewrite: server.rewrite,
    holder: server,
  })
  inner.mark('', statement.position)
  http.servers.push(server)
  place.reading.interpret(inner, statement.block ?? [])
}

function readServerName(place: Place, statement: Statement, word: number): void {
  const written = statement.words[word] ?? ''
  const names = place.server?.names
  if (names === undefined) return
  if (/^\*(?!\..)/.test(written) || written === '.') {
    return place.fail(statement, word, `server name "${written}" is invalid`)
  }
  if (written.includes('/')) place.warn(statement, word, `server name "${written}" has suspicious symbols`)
  if (written.startsWith('~')) {
    if (written === '~') return place.fail(statement, word, 'empty regex in server name "~"')
    // Hosts are compared in lower case: a pattern with capitals could not match otherwise.
    const pattern = place.pattern(statement, word, written.slice(1), /[A-Z]/.test(written))
    if (pattern !== null) names.push({ kind: 'pattern', pattern })
    return
  }
  const name = (written.toLowerCase() === '$hostname' ? place.reading.hostname : written).toLowerCase()
  // nginx refuses these only where several servers share an address, since it looks at no name before.
  if (!isHostMask(name)) return place.warn(statement, word, `invalid server name or wildcard "${name}", ignored`)
  names.push(...splitName(name))
}

function splitName(name: string): ServerName[] {
  if (name.startsWith('.')) {
    return [
      { kind: 'exact', text: name.slice(1) },
      { kind: 'wildcard-start', text: name.slice(1) },
    ]
  }
  if (name.startsWith('*.')) return [{ kind: 'wildcard-start', text: name.slice(2) }]
  return name.endsWith('.*') ? [{ kind: 'wildcard-end', text: name.slice(0, -2) }] : [{ kind: 'exact', text: name }]
}

function readLocation(place: Place, statement: Statement): void {
  const match = readMatch(place, statement)
  const outer = place.location ?? place.server
  const settings = {}
  const location: LocationDraft = {
    match: match ?? { kind: 'prefix', text: statement.words[1] ?? '' },
    settings,
    internal: false,
    rewrite: [],
    content: null,
    locations: [],
    exceptions: [],
  }
  const path = `${place.path}.locations.${outer?.locations.length ?? 0}`
  const inner = new Place('location', place.reading, path, {
    ...(place.server === null ? {} : { server: place.server }),
    location,
    settings,
    rewrite: location.rewrite,
    holder: location,
  })
  // One whose match is wrong is read for the problems in it, but is not in the model: its text would mislead checks.
  if (match !== null) {
    inner.mark('', statement.position)
    outer?.locations.push(location)
  }
  place.reading.interpret(inner, statement.block ?? [])
}

function readMatch(place: Place, statement: Statement): LocationMatch | null {
  const [, first = '', second] = statement.words
  // The modifier may be glued to the text: `=/x`, `~*\.png$`.
  const [, modifier = '', rest = ''] =
    second === undefined ? (/^(=|\^~|~\*|~|)(.*)$/s.exec(first) ?? []) : [first, first, second]
  const word = second === undefined ? 1 : 2
  switch (modifier) {
    case '':
      return { kind: rest.startsWith('@') ? 'named' : 'prefix', text: rest }
    case '=':
      return { kind: 'exact', text: rest }
    case '^~':
      return { kind: 'prefix-final', text: rest }
    case '~':
    case '~*': {
      const pattern = place.pattern(statement, word, rest, modifier === '~*')
      return pattern === null ? null : { kind: 'pattern', pattern }
    }
    default:
      place.fail(statement, 1, `invalid location modifier "${modifier}"`, 'it may be =, ~, ~* or ^~')
      return null
  }
}

const METHODS = new Set(
  'GET HEAD POST PUT DELETE MKCOL COPY MOVE OPTIONS PROPFIND PROPPATCH LOCK UNLOCK PATCH TRACE CONNECT'.split(' '),
)

function readLimitExcept(place: Place, statement: Statement): void {
  const { location } = place
  if (location === null || !place.once(statement)) return
  const except: string[] = []
  for (const [index, written] of statement.words.slice(1).entries()) {
    const method = written.toUpperCase()
    if (!METHODS.has(method)) return place.fail(statement, index + 1, `invalid method "${written}"`)
    except.push(method)
    // Who may GET may ask for the head of it.
    if (method === 'GET') except.push('HEAD')
  }
  const settings = {}
  const exception: ExceptionModel & { content: ExceptionModel['content'] } = {
    except: [...new Set(except)],
    settings,
    content: null,
  }
  const inner = new Place('limit_except', place.reading, `${place.path}.exceptions.${location.exceptions.length}`, {
    settings,
    location,
    holder: exception,
  })
  inner.mark('', statement.position)
  location.exceptions.push(exception)
  place.reading.interpret(inner, statement.block ?? [])
}
