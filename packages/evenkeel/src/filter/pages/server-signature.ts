/**
 * `server_tokens`: who answers, in the field Server and at the foot of our own pages.
 *
 * A text of one's own, with variables even, is what nginx sells; an empty one leaves both out. `build` says what `on`
 * says, as an nginx does that was built without a name: there are no builds of evenkeel to tell apart.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import type { Fields } from '../../exchange/fields.ts'
import type { Reply } from '../../exchange/outcome.ts'
import type { HeadStep } from '../../exchange/route.ts'
import type { Settings } from '../../model/settings.ts'
import { BuiltinPages } from './builtin-pages.ts'
import type { Compile } from '../compile.ts'
import { escapeHtml } from './escape-html.ts'
import { isSafeValue } from '../fields/safe-value.ts'

export interface ServerSignature {
  /** What every answer says; null: none, or one that differs. */
  readonly token: string | null
  /** Says it where it differs. */
  readonly step: HeadStep | null
  readonly pages: Pick<BuiltinPages, 'replyFor'>
}

export function compileServerSignature(
  { serverTokens, msiePadding }: Pick<Settings, 'serverTokens' | 'msiePadding'>,
  version: string,
  compile: Pick<Compile, 'text' | 'constant'>,
): ServerSignature {
  if (typeof serverTokens !== 'object') return constant(serverTokens === false ? 'evenkeel' : `evenkeel/${version}`)
  const text = compile.constant(serverTokens)
  return text === undefined ? varying(compile.text(serverTokens), msiePadding) : constant(text)

  function constant(token: string): ServerSignature {
    return {
      token: token === '' || !isSafeValue(token) ? null : token,
      step: null,
      pages: new BuiltinPages(escapeHtml(token), msiePadding),
    }
  }
}

function varying(text: (exchange: Exchange) => string, msiePadding: boolean): ServerSignature {
  const tell = (exchange: Exchange): string => {
    const told = text(exchange)
    return isSafeValue(told) ? told : ''
  }
  return {
    token: null,
    step: (exchange, head) => {
      if (!head.addServer) return
      head.addServer = false
      const token = tell(exchange)
      if (token !== '') head.fields.add('Server', token)
    },
    pages: {
      replyFor: (exchange: Exchange, status: number, fields?: Fields): Reply =>
        new BuiltinPages(escapeHtml(tell(exchange)), msiePadding).replyFor(exchange, status, fields),
    },
  }
}
