/**
 * Whether a response is what a check wants, and if not, why, in words for the log.
 *
 * Header rules see every field as it came, those about framing and the connection too (`header Connection ~ close`): so
 * they read the head's own text rather than fields that have been taken in already.
 */
import type { ResponseHead } from '../exchange/head.ts'
import type { BodyRule, HeaderRule, MatchModel, StatusRule } from '../model/health.ts'

/** Bytes of a body that rules look at; what comes behind is not waited for. */
export const BODY_LIMIT: number = 256 * 1024

/** Answers are what is wrong; null: nothing. */
export interface Match {
  /** Without it the head says it all. */
  readonly wantsBody: boolean
  head(head: ResponseHead): string | null
  /** Latin-1 text of the body, up to BODY_LIMIT. */
  body(text: string): string | null
}

/** null: nothing was asked for but that it went well. */
export function compileMatch(model: MatchModel | null): Match {
  return model === null ? wentWell : new ModelMatch(model)
}

const wentWell: Match = {
  wantsBody: false,
  head: ({ status }) => (status >= 200 && status < 400 ? null : `status ${status}`),
  body: () => null,
}

class ModelMatch implements Match {
  readonly wantsBody: boolean
  readonly #prefix: string
  readonly #status: readonly StatusRule[]
  readonly #headers: readonly ((fields: ReadonlyMap<string, string[]>) => string | null)[]
  readonly #body: readonly { readonly expression: RegExp; readonly rule: BodyRule }[]

  constructor(model: MatchModel) {
    this.wantsBody = model.body.length > 0
    this.#prefix = `match "${model.name}" failed: `
    this.#status = model.status
    this.#headers = model.headers.map(compileHeader)
    this.#body = model.body.map(rule => ({ rule, expression: expressionOf(rule.pattern) }))
  }

  head(head: ResponseHead): string | null {
    for (const { negated, ranges } of this.#status) {
      const within = ranges.some(({ from, to }) => head.status >= from && head.status <= to)
      if (within === negated) return `${this.#prefix}status ${head.status}`
    }
    if (this.#headers.length === 0) return null
    const fields = fieldsOf(head.fields.text)
    for (const rule of this.#headers) {
      const wrong = rule(fields)
      if (wrong !== null) return this.#prefix + wrong
    }
    return null
  }

  body(text: string): string | null {
    for (const { expression, rule } of this.#body) {
      if (expression.test(text) !== rule.negated) continue
      return `${this.#prefix}body ${rule.negated ? 'matches' : 'does not match'} "${rule.pattern.written}"`
    }
    return null
  }
}

/** Of several fields of one name, one that holds is enough; a negated rule wants all of them to differ, and one to be there. */
function compileHeader(rule: HeaderRule): (fields: ReadonlyMap<string, string[]>) => string | null {
  const key = rule.name.toLowerCase()
  if (rule.kind === 'present') {
    return fields =>
      fields.has(key) === rule.negated ? `header "${rule.name}" is ${rule.negated ? 'there' : 'missing'}` : null
  }
  const expression = rule.kind === 'matches' ? expressionOf(rule.pattern) : null
  const text = rule.kind === 'equals' ? rule.text : ''
  return fields => {
    const values = fields.get(key)
    if (values === undefined) return `header "${rule.name}" is missing`
    const found = values.some(value => (expression === null ? value === text : expression.test(value)))
    return found === rule.negated ? `header "${rule.name}" is "${printable(values.join(', '))}"` : null
  }
}

function expressionOf(pattern: { readonly source: string; readonly caseless: boolean }): RegExp {
  return new RegExp(pattern.source, pattern.caseless ? 'i' : '')
}

/** Values by lower-case name, of a head that has been found well-formed. */
function fieldsOf(head: string): Map<string, string[]> {
  const fields = new Map<string, string[]>()
  for (const line of head.split(/\r?\n/).slice(1)) {
    const colon = line.indexOf(':')
    if (colon < 1) continue
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '')
    const values = fields.get(name)
    if (values === undefined) fields.set(name, [value])
    else values.push(value)
  }
  return fields
}

const LONGEST_SHOWN = 80

/** What a stranger sent, fit for one line of a log. */
function printable(text: string): string {
  const shown = text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text
  return shown.replace(/[^\x20-\x7e…]/g, '?')
}
