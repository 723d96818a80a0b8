/**
 * Variables about what was tried upstream: one value an attempt, joined by commas; a colon stands before the attempts that
 * follow an internal redirect.
 */
import type { Attempt } from '../../exchange/attempt.ts'
import type { Exchange } from '../../exchange/exchange.ts'
import { UNKNOWN_LENGTH, type ResponseHead } from '../../exchange/head.ts'
import { FieldName, fieldValue } from '../field-value.ts'
import type { Captured } from '../pattern.ts'
import type { Evaluator } from '../ports.ts'
import { seconds } from '../time-text.ts'
import { setCookie } from '../uri-args.ts'
import { plain, type FamilyMaker, type VariableMaker } from './variable-maker.ts'

export const upstreamVariables: Readonly<Record<string, VariableMaker>> = {
  upstream_addr: list(attempt => attempt.address),
  // Ours: they read better than $upstream_addr where the question is who was tried.
  upstream_tries: list(attempt => attempt.address),
  upstream_peers: list(attempt => attempt.address),
  // Ours: who could have been chosen, and why the others could not.
  upstream_choice: making => {
    making.table.wants.choices = true
    return choices(making)
  },
  upstream_name: plain(exchange => exchange.upstream || undefined),
  upstream_status: list(attempt => (attempt.status > 0 ? String(attempt.status) : '-')),
  upstream_connect_time: list(attempt => time(attempt.connectMs)),
  upstream_header_time: list(attempt => time(attempt.headerMs)),
  upstream_response_time: list(attempt => time(attempt.responseMs)),
  upstream_queue_time: list(attempt => time(attempt.queueMs)),
  upstream_response_length: list(attempt => String(attempt.bodyBytes)),
  upstream_bytes_received: list(attempt => String(attempt.bytesReceived)),
  upstream_bytes_sent: list(attempt => String(attempt.bytesSent)),
  upstream_http_content_length: plain(exchange => {
    const length = lastHead(exchange)?.length ?? UNKNOWN_LENGTH
    return length < 0 ? undefined : String(length)
  }),
  upstream_http_transfer_encoding: plain(exchange => (lastHead(exchange)?.chunked === true ? 'chunked' : undefined)),
  upstream_cache_status: plain(({ cache }) => cache?.status || undefined),
  upstream_cache_last_modified: plain(({ cache }) => cache?.lastModified || undefined),
  upstream_cache_etag: plain(({ cache }) => cache?.etag || undefined),
  // Ours: what was looked up, and how old what was found is.
  upstream_cache_key: plain(({ cache }) => cache?.key),
  upstream_cache_age: plain(({ cache }) => (cache === null || cache.age < 0 ? undefined : String(cache.age))),
  proxy_host: ({ scope }) => given(scope.proxyHost),
  proxy_port: ({ scope }) => given(scope.proxyPort),
}

export const upstreamFamilies: Readonly<Record<string, FamilyMaker>> = {
  upstream_http_: name => {
    const field = new FieldName(name)
    return exchange => {
      const head = lastHead(exchange)
      return head === null ? undefined : fieldValue(head.fields, field, ', ')
    }
  },
  upstream_cookie_: name => exchange => {
    for (const field of lastHead(exchange)?.fields.getAll('set-cookie') ?? []) {
      const value = setCookie(field, name)
      if (value !== undefined) return value
    }
    return undefined
  },
  upstream_trailer_: name => {
    const field = new FieldName(name)
    return ({ attempts }) => {
      const trailers = attempts.at(-1)?.trailers ?? null
      return trailers === null ? undefined : fieldValue(trailers, field, ', ')
    }
  },
}

const choices: VariableMaker = list(({ choice }) => {
  if (choice === null) return '-'
  return choice.candidates
    .map(({ peer, skipped }, index) => `${peer}=${index === choice.picked ? 'picked' : (skipped ?? 'fit')}`)
    .join(' ')
})

/** What the last peer answered; null when the last attempt had no answer, whatever those before it had. */
function lastHead({ attempts }: Exchange): ResponseHead | null {
  return attempts.length === 0 ? null : attempts[attempts.length - 1]!.head
}

export function list<Subject extends Captured & { readonly attempts: readonly Attempt[] } = Exchange>(
  show: (attempt: Attempt) => string,
): VariableMaker<Subject> {
  return plain<Subject>(({ attempts }) => {
    if (attempts.length === 0) return undefined
    let text = show(attempts[0]!)
    for (let i = 1; i < attempts.length; i++) {
      const attempt = attempts[i]!
      text += (attempt.afterRedirect ? ' : ' : ', ') + show(attempt)
    }
    return text
  })
}

export function time(ms: number): string {
  return ms < 0 ? '-' : seconds(ms)
}

function given(value: string | Evaluator | null): Evaluator {
  if (value === null) return () => undefined
  return typeof value === 'string' ? () => value : value
}
