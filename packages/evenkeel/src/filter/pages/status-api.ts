/**
 * `api` and `metrics`: hands a request to the main thread, which knows everything, and answers what that says.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import type { Failure } from '../../exchange/failure.ts'
import { Fields } from '../../exchange/fields.ts'
import type { Outcome, Reply } from '../../exchange/outcome.ts'
import type { Ask, Question } from '../../exchange/questions.ts'
import type { Action } from '../../exchange/route.ts'
import type { ContentModel, LocationMatch } from '../../model/model.ts'
import type { Settings } from '../../model/settings.ts'
import { refusal, saysWho } from '../access/local-client.ts'

type StatusContent = Extract<ContentModel, { kind: 'api' | 'metrics' }>

/** A server with all of its parameters is a few hundred bytes. */
const LARGEST_BODY = 16_384

export function compileStatusApi(
  content: StatusContent,
  settings: Settings,
  match: LocationMatch | null,
  ask: Ask,
): Action {
  const guarded = saysWho(settings)
  const write = content.kind === 'api' && content.write
  const prefix = match === null || match.kind === 'pattern' ? '' : match.text.replace(/\/$/, '')

  const carryOn = (exchange: Exchange, body: string): Promise<Outcome> => {
    const question: Question = {
      about: content.kind,
      method: exchange.method,
      path: exchange.uri.slice(prefix.length),
      query: exchange.args,
      body,
      write,
      prefix,
      address: exchange.connection.localAddress,
    }
    return ask(question).then(answer => {
      if (answer === null) return { kind: 'reply', status: 503 }
      const { status, type, body: text, location } = answer
      return reply(status, text, type, location)
    })
  }

  return exchange => {
    const { method, request, body } = exchange
    const reads = method === 'GET' || method === 'HEAD'
    if (content.kind === 'metrics' && !reads) return { kind: 'reply', status: 405 }
    const refused = refusal(exchange, guarded, !reads)
    if (refused !== null) {
      return content.kind === 'api'
        ? reply(403, problem(403, refused), JSON_TYPE)
        : reply(403, `${refused}\n`, TEXT_TYPE)
    }
    if (reads || method === 'DELETE' || body.length === 0) return carryOn(exchange, '')
    if (request.length > LARGEST_BODY) return tooLarge()
    return collect(exchange).then(failed => {
      if (failed !== null) return failed
      const bytes = body.bytes()
      if (bytes === undefined || bytes.length > LARGEST_BODY) return tooLarge()
      return carryOn(exchange, Buffer.from(bytes).toString('latin1'))
    })
  }
}

function collect(exchange: Exchange): Promise<Failure | null> {
  return new Promise(resolve => exchange.body.collect(resolve))
}

function tooLarge(): Reply {
  return reply(413, problem(413, `request body is larger than ${LARGEST_BODY} bytes`, 'BodyTooLarge'), JSON_TYPE)
}

function reply(status: number, text: string, type: string, location?: string): Reply {
  const fields = new Fields()
  fields.before.push('Cache-Control', 'no-store')
  if (location !== undefined) fields.before.push('Location', location)
  // Names of the configuration are text of one character a byte, and so is what is made of them.
  return { kind: 'reply', status, body: Buffer.from(text, 'latin1'), type, fields }
}

/** As the answers of the API itself. */
function problem(status: number, text: string, code = 'Forbidden'): string {
  return JSON.stringify({ error: { status, text, code }, href: HELP })
}

const HELP = 'https://nginx.org/en/docs/http/ngx_http_api_module.html'
const JSON_TYPE = 'application/json'
const TEXT_TYPE = 'text/plain'
