/** Variables of a token that was accepted: $jwt_claim_name, $jwt_header_name. Lists are joined by commas. */
import type { Evaluator } from '../ports.ts'
import type { FamilyMaker, SharedTable } from './variable-maker.ts'

export const jwtFamilies: Readonly<Record<string, FamilyMaker>> = {
  jwt_claim_: (name, table) => jwtVariable('claims', name, table),
  jwt_header_: (name, table) => jwtVariable('header', name, table),
}

/** Names compare as they are written in the token; variables are lower-case, so other letters are found caselessly. */
function jwtVariable(part: 'claims' | 'header', name: string, table: SharedTable): Evaluator {
  const index = table.indexOf(`jwt ${part}`)
  return exchange => {
    const kept = exchange.values?.[index]
    return kept === undefined ? undefined : shown(member(JSON.parse(kept) as Record<string, unknown>, name))
  }
}

function member(object: Record<string, unknown>, name: string): unknown {
  if (Object.hasOwn(object, name)) return object[name]
  const key = Object.keys(object).find(one => one.toLowerCase() === name)
  return key === undefined ? undefined : object[key]
}

function shown(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  const text = Array.isArray(value)
    ? value.map(item => (typeof item === 'object' ? JSON.stringify(item) : String(item))).join(',')
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value as string | number | boolean)
  return Buffer.from(text, 'utf8').toString('latin1')
}
