/**
 * Which path of the file system a URI stands for: `root` followed by the URI, or `alias` in the place of the
 * location's own text.
 *
 * The URI of a request line has no `..` left, but one put together by a rewrite or out of a variable may. The text
 * that a request had a part in is refused when it holds one, so no request climbs out of a root.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import type { LocationMatch } from '../../model/model.ts'
import type { Settings } from '../../model/settings.ts'
import { ALERT, ERROR } from '../../exchange/log-level.ts'
import { toByteText } from '../../route/byte-text.ts'
import type { Compile } from '../compile.ts'
import { fullPath, isSafePath } from './path-test.ts'

export interface FilePath {
  /** `uri` is where the request points; null when there can be no such path, which has been logged. */
  of(exchange: Exchange, uri: string): string | null
  /** Characters at the start of a URI that an alias takes the place of; 0 with root. */
  readonly replaced: number
  /** An alias that is the whole path, whatever the URI says. */
  readonly whole: boolean
}

/** `match` null: files of a server outside of any location. */
export function compileFilePath(
  settings: Pick<Settings, 'root' | 'alias'>,
  match: LocationMatch | null,
  compile: Compile,
): FilePath {
  const { alias } = settings
  const template = alias ?? settings.root
  const constant = compile.constant(template)
  const fixed = constant === undefined ? null : absolute(constant, compile.prefix, alias !== null)
  const text = compile.text(template)
  // An alias in a location that is a pattern is the whole path; its groups are what tells files apart.
  const whole = alias !== null && match !== null && match.kind === 'pattern'
  const replaced = alias !== null && match !== null && match.kind !== 'pattern' ? toByteText(match.text).length : 0

  return {
    replaced,
    whole,
    of(exchange, uri) {
      if (alias !== null && exchange.rewritten) {
        exchange.route.errorLog.tell(
          exchange,
          ALERT,
          `"alias" cannot be used in location "${exchange.route.name}" where URI was rewritten`,
        )
        return null
      }
      let start = fixed
      if (start === null) {
        const value = text(exchange)
        if (!isSafePath(value)) return refuse(exchange, value)
        start = absolute(value, compile.prefix, alias !== null)
      }
      if (whole && !exchange.belowAlias) return start
      const rest = uri.slice(replaced)
      return isSafePath(rest) ? start + rest : refuse(exchange, start + rest)
    },
  }
}

function refuse(exchange: Exchange, path: string): null {
  exchange.route.errorLog.tell(exchange, ERROR, `"${path.replace(/\0/g, '\\0')}" is not a path inside the root`)
  return null
}

/** A root stands before a URI, which brings its own slash; an alias is taken as written. */
function absolute(path: string, prefix: string, asWritten: boolean): string {
  const full = fullPath(path, prefix)
  return asWritten || !full.endsWith('/') ? full : full.slice(0, -1)
}
