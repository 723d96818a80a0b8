/** The methods by name, and how their arguments choose a policy. */
import { ewma } from './ewma.ts'
import { first } from './first.ts'
import { hash } from './hash.ts'
import { hashBounded } from './hash-bounded.ts'
import { hashConsistent } from './hash-consistent.ts'
import { ipHash } from './ip-hash.ts'
import { leastConn } from './least-conn.ts'
import { leastTime } from './least-time.ts'
import { maglev } from './maglev.ts'
import type { Policy } from './policy.ts'
import { random, randomTwo, randomTwoByTime } from './random.ts'
import { rendezvous } from './rendezvous.ts'
import { roundRobin } from './round-robin.ts'

export interface PolicyEntry {
  /** What it can be called with, arguments joined by a space. */
  readonly forms: Readonly<Record<string, Policy>>
  /** A form that ends in a number above 1, which makes the policy. */
  readonly tuned?: { readonly form: string; readonly make: (value: number) => Policy }
  /** Whether it also chooses among backups; if not, they take turns. */
  readonly backups: boolean
}

export const policies: Readonly<Record<string, PolicyEntry>> = {
  round_robin: { forms: { '': roundRobin }, backups: true },
  least_conn: { forms: { '': leastConn }, backups: true },
  least_time: {
    forms: {
      header: leastTime('header', false),
      // Of stream: the same average, of another moment.
      connect: leastTime('header', false),
      first_byte: leastTime('header', false),
      'connect inflight': leastTime('header', true),
      'first_byte inflight': leastTime('header', true),
      last_byte: leastTime('last_byte', false),
      'header inflight': leastTime('header', true),
      'last_byte inflight': leastTime('last_byte', true),
    },
    backups: true,
  },
  ip_hash: { forms: { '': ipHash }, backups: false },
  hash: {
    forms: { '': hash, consistent: hashConsistent },
    tuned: { form: 'consistent bounded=', make: hashBounded },
    backups: false,
  },
  random: {
    forms: {
      '': random,
      two: randomTwo,
      'two least_conn': randomTwo,
      'two least_time=header': randomTwoByTime('header'),
      'two least_time=connect': randomTwoByTime('header'),
      'two least_time=first_byte': randomTwoByTime('header'),
      'two least_time=last_byte': randomTwoByTime('last_byte'),
    },
    backups: false,
  },
  ewma: { forms: { '': ewma }, backups: true },
  maglev: { forms: { '': maglev }, backups: false },
  rendezvous: { forms: { '': rendezvous }, backups: false },
  first: { forms: { '': first }, backups: true },
}

interface Method {
  readonly name: string
  readonly arguments: readonly string[]
}

/** The policy of a method; a string is what is wrong with it. */
export function policyOf(method: Method): Policy | string {
  const entry = Object.hasOwn(policies, method.name) ? policies[method.name] : undefined
  if (entry === undefined) {
    return `unknown balancing method "${method.name}": use one of ${Object.keys(policies).join(', ')}`
  }
  const written = method.arguments.join(' ')
  const policy = Object.hasOwn(entry.forms, written) ? entry.forms[written] : tunedPolicy(entry, written)
  if (policy !== undefined) return policy
  const allowed = Object.keys(entry.forms).filter(form => form !== '')
  if (entry.tuned !== undefined) allowed.push(`${entry.tuned.form}1.25`)
  const remedy = allowed.length === 0 ? 'it takes none' : `it takes ${allowed.map(form => `"${form}"`).join(' or ')}`
  return `invalid parameter "${written}" of method "${method.name}": ${remedy}`
}

function tunedPolicy({ tuned }: PolicyEntry, written: string): Policy | undefined {
  if (tuned === undefined || !written.startsWith(tuned.form)) return undefined
  const value = written.slice(tuned.form.length)
  return /^\d+(?:\.\d+)?$/.test(value) && Number(value) > 1 ? tuned.make(Number(value)) : undefined
}

/** What chooses among the backups of a group that has this method. */
export function backupPolicyOf(method: Method): Policy | string {
  return Object.hasOwn(policies, method.name) && !policies[method.name]!.backups ? roundRobin : policyOf(method)
}

/** What has to be measured for a method. */
export function measuresOf(method: Method): {
  readonly times: boolean
  readonly waits: boolean
  readonly cost: boolean
} {
  const written = method.arguments.join(' ')
  return {
    // What code looks at nobody knows.
    times: method.name === 'least_time' || method.name === 'code' || written.includes('least_time'),
    waits: method.name === 'least_time' && method.arguments.includes('inflight'),
    cost: method.name === 'ewma' || method.name === 'code',
  }
}
