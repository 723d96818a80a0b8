/** How an upstream balances: one directive a method, the last one counts. */
import type { MethodModel } from '../../../model/model.ts'
import type { Directive } from '../table.ts'
import { inUpstream } from './in-upstream.ts'

/** What may stand at a place behind the name: a template that is the method's key, or one of some words. */
type Argument = 'key' | Words

interface Words {
  readonly words: readonly string[]
  readonly accepts?: (written: string) => boolean
  /** What nginx calls it when it is wrong; a parameter if it is left out. */
  readonly called?: 'value'
}

export const methodDirectives: readonly Directive[] = [
  method('least_conn', '', 0, [], 'The server with the fewest requests in flight, by weight.'),
  method(
    'least_time',
    'header | last_byte [inflight]',
    1,
    [{ words: ['header', 'last_byte'], called: 'value' }, { words: ['inflight'] }],
    'The server that is expected to be done soonest, by how long it takes on average and how much it has to do.',
  ),
  method('ip_hash', '', 0, [], 'Clients of one network stay with one server.'),
  method(
    'hash',
    'key [consistent [bounded=factor]]',
    1,
    ['key', { words: ['consistent'] }, { words: ['bounded=1.25'], accepts: isBound }],
    'Requests with the same key go to the same server; with `bounded`, which is only in evenkeel, no server gets more than that many times its share.',
  ),
  method(
    'random',
    '[two [least_conn | least_time=header | least_time=last_byte]]',
    0,
    [{ words: ['two'] }, { words: ['least_conn', 'least_time=header', 'least_time=last_byte'] }],
    'A random server, or the better of two.',
  ),
  method(
    'ewma',
    '',
    0,
    [],
    'The better of two random servers by their latest response times and requests in flight (peak EWMA). Only in evenkeel.',
  ),
  method(
    'maglev',
    'key',
    1,
    ['key'],
    'Requests with the same key go to the same server, by a table with very even shares. Only in evenkeel.',
  ),
  method(
    'rendezvous',
    'key',
    1,
    ['key'],
    'Requests with the same key go to the same server; a change of servers moves no other keys. Only in evenkeel.',
  ),
  method('first', '', 0, [], 'Fills one server up to its max_conns before the next is used. Only in evenkeel.'),
]

export function method(
  name: string,
  syntax: string,
  least: number,
  takes: readonly Argument[],
  text: string,
): Directive {
  return inUpstream(name, syntax, [least, takes.length], text, (upstream, place, statement) => {
    if (place.met.has('method')) {
      place.warn(statement, 0, 'load balancing method redefined', 'the last one counts; remove the others')
    }
    place.met.add('method')
    let key: MethodModel['key'] = null
    const others: string[] = []
    for (const [index, written] of statement.words.slice(1).entries()) {
      const argument = takes[index]!
      if (argument === 'key') key = place.template(statement, index + 1)
      else if (argument.accepts?.(written) ?? argument.words.includes(written)) others.push(written)
      else {
        const remedy = `it may be ${argument.words.join(', ')}`
        return place.fail(statement, index + 1, `invalid ${argument.called ?? 'parameter'} "${written}"`, remedy)
      }
    }
    upstream.method = { name, key, arguments: others }
    place.mark('method', statement.position)
  })
}

/** A factor of 1 would have no room for any unevenness, and search for ever for the one free place. */
function isBound(written: string): boolean {
  const value = /^bounded=(\d+(?:\.\d+)?)$/.exec(written)?.[1]
  return value !== undefined && Number(value) > 1
}
