/** Where a request comes from: links that were given out, pages that link here. */
import type { Pattern } from '../../../model/pattern.ts'
import type { Statement } from '../parser.ts'
import type { Place } from '../place.ts'
import { ANY, everywhere, once, row, type Directive } from '../table.ts'

export const linkDirectives: readonly Directive[] = [
  secure('secure_link', 'secureLink', 'expression', 'Where the hash of a link stands, and until when it holds.'),
  secure('secure_link_md5', 'secureLinkMd5', 'expression', 'What the hash of a link has to be of.'),
  {
    ...row('secure_link_secret', ['location'], 'word', null, 'The word that the hash in a path is made with.'),
    apply: (place, statement) => {
      if (!once(place, statement, 'secureLinkSecret') || mixed(place, statement, 'secureLink')) return
      place.put(statement, 'secureLinkSecret', statement.words[1] ?? '')
    },
  },
  {
    ...row(
      'valid_referers',
      ['server', 'location'],
      'none | blocked | server_names | host | ~regex ...',
      null,
      'Pages that may link here: $invalid_referer tells the others.',
    ),
    arguments: [1, ANY],
    apply: readReferers,
  },
  ...['referer_hash_bucket_size', 'referer_hash_max_size'].map((name): Directive => ({
    ...row(name, ['server', 'location'], 'size', null, 'Accepted; has no meaning here.'),
    apply: (place, statement) => void place.reading.ignored.push({ name, position: statement.position }),
  })),
]

function secure(name: string, key: 'secureLink' | 'secureLinkMd5', syntax: string, text: string): Directive {
  return {
    ...row(name, everywhere, syntax, null, text),
    apply: (place, statement) => {
      if (place.settings[key] !== undefined) return place.failDirective(statement, 'is duplicate')
      if (mixed(place, statement, 'secureLinkSecret')) return
      const value = place.template(statement, 1)
      if (value === null) return
      place.put(statement, key, value)
      // What is said here takes the place of the other form above.
      place.settings.secureLinkSecret ??= null
    },
  }
}

function mixed(place: Place, statement: Statement, other: 'secureLink' | 'secureLinkSecret'): boolean {
  const said =
    other === 'secureLink' ? (place.settings.secureLink ?? place.settings.secureLinkMd5) : place.settings[other]
  if (said === undefined || said === null) return false
  place.fail(statement, 0, '"secure_link_secret" cannot be mixed with "secure_link" and "secure_link_md5"')
  return true
}

function readReferers(place: Place, statement: Statement): void {
  const before = place.settings.validReferers
  let none = before?.none ?? false
  let blocked = before?.blocked ?? false
  let serverNames = before?.serverNames ?? []
  const names = [...(before?.names ?? [])]
  const patterns: Pattern[] = [...(before?.patterns ?? [])]
  for (const [index, written] of statement.words.slice(1).entries()) {
    if (written === 'none') none = true
    else if (written === 'blocked') blocked = true
    // The very list of the server: names that follow are in it too.
    else if (written === 'server_names') serverNames = place.server?.names ?? []
    else if (written.startsWith('~')) {
      const pattern = place.pattern(statement, index + 1, written.slice(1), true)
      if (pattern === null) return
      patterns.push(pattern)
    } else {
      const slash = written.indexOf('/')
      const host = (slash < 0 ? written : written.slice(0, slash)).toLowerCase()
      if (host === '' || host.includes(':') || /\*/.test(host.replace(/^\*\.|\.\*$/g, ''))) {
        return place.fail(statement, index + 1, `invalid hostname or wildcard "${written}"`)
      }
      names.push({ host, path: slash < 0 ? '' : written.slice(slash) })
    }
  }
  place.put(statement, 'validReferers', { none, blocked, names, patterns, serverNames })
}
