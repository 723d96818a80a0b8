/** The methods by name, and how their arguments choose a policy. */
import { hash } from './hash.ts'
import { hashConsistent } from './hash-consistent.ts'
import { ipHash } from './ip-hash.ts'
import { leastConn } from './least-conn.ts'
import type { Policy } from './policy.ts'
import { random, randomTwo } from './random.ts'
import { roundRobin } from './round-robin.ts'

export interface PolicyEntry {
  /** What it can be called with, arguments joined by a space. */
  readonly forms: Readonly<Record<string, Policy>>
  /** Whether it also chooses among backups; if not, they take turns. */
  readonly backups: boolean
}

export const policies: Readonly<Record<string, PolicyEntry>> = {
  round_robin: { forms: { '': roundRobin }, backups: true },
  least_conn: { forms: { '': leastConn }, backups: true },
  ip_hash: { forms: { '': ipHash }, backups: false },
  hash: { forms: { '': hash, consistent: hashConsistent }, backups: false },
  random: { forms: { '': random, two: randomTwo, 'two least_conn': randomTwo }, backups: false },
}

/** The policy of a method; a string is what is wrong with it. */
export function policyOf(method: { readonly name: string; readonly arguments: readonly string[] }): Policy | string {
  const entry = Object.hasOwn(policies, method.name) ? policies[method.name] : undefined
  if (entry === undefined) {
    return `unknown balancing method "${method.name}": use one of ${Object.keys(policies).join(', ')}`
  }
  const written = method.arguments.join(' ')
  const policy = Object.hasOwn(entry.forms, written) ? entry.forms[written] : undefined
  if (policy !== undefined) return policy
  const allowed = Object.keys(entry.forms).filter(form => form !== '')
  const remedy = allowed.length === 0 ? 'it takes none' : `it takes ${allowed.map(form => `"${form}"`).join(' or ')}`
  return `invalid parameter "${written}" of method "${method.name}": ${remedy}`
}

/** What chooses among the backups of a group that has this method. */
export function backupPolicyOf(method: {
  readonly name: string
  readonly arguments: readonly string[]
}): Policy | string {
  return Object.hasOwn(policies, method.name) && !policies[method.name]!.backups ? roundRobin : policyOf(method)
}
