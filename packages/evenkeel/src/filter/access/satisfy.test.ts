import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Outcome } from '../../exchange/outcome.ts'
import { makeExchange } from '../exchange.fixture.ts'
import { compileSatisfy, type AccessCheck, type Verdict } from './satisfy.ts'
import type { Waits } from '../waits.ts'

const deny = (status: number): Verdict => ({ kind: 'reply', status })
const verdicts = { grant: 'granted', pass: undefined, '403': deny(403), '401': deny(401), '500': deny(500) } as const
type Name = keyof typeof verdicts

const alarm = (): never => assert.fail('no alarm is set here')
const noWaits: Waits = { now: () => 0, wait: () => Promise.reject(new Error('nothing waits here')), alarm }

/** What comes of these checks in this order, each answering at once or later; and which of them were asked. */
async function settle(mode: 'all' | 'any', names: readonly Name[], late: boolean): Promise<string> {
  const asked: Name[] = []
  const checks = names.map((name): AccessCheck => () => {
    asked.push(name)
    return late ? Promise.resolve(verdicts[name]) : verdicts[name]
  })
  const { exchange } = makeExchange()
  let outcome: Outcome = undefined
  for (const step of compileSatisfy(mode, 0, checks, noWaits)) outcome ??= await step(exchange)
  return `${outcome === undefined ? 'in' : 'status' in outcome ? outcome.status : '?'} after ${asked.join(' ')}`
}

const cases: readonly (readonly ['all' | 'any', readonly Name[], string])[] = [
  ['all', ['grant', '401'], '401 after grant 401'],
  ['all', ['403', 'grant'], '403 after 403'],
  ['all', ['pass', 'grant'], 'in after pass grant'],
  ['any', ['grant', '401'], 'in after grant'],
  ['any', ['403', '401', 'grant'], 'in after 403 401 grant'],
  ['any', ['403', '401'], '401 after 403 401'],
  ['any', ['401', '403'], '401 after 401 403'],
  ['any', ['pass', '403'], '403 after pass 403'],
  ['any', ['pass'], 'in after pass'],
  ['any', ['500', 'grant'], '500 after 500'],
]
for (const [mode, names, wanted] of cases) {
  for (const late of [false, true]) {
    test(`satisfy ${mode}: ${names.join(', ')}${late ? ', answered later' : ''}`, async () => {
      assert.equal(await settle(mode, names, late), wanted)
    })
  }
}

test('without checks there are no steps', () => {
  assert.deepEqual(compileSatisfy('any', 1000, [null, null], noWaits), [])
})

test('a 401 waits for auth_delay, everything else goes out at once', async () => {
  const waited: number[] = []
  const waits: Waits = { now: () => 0, wait: (_, ms) => Promise.resolve(void waited.push(ms)), alarm }
  for (const name of ['403', 'grant', '500', '401'] as const) {
    await compileSatisfy('all', 1500, [() => verdicts[name]], waits)[0]!(makeExchange().exchange)
  }
  assert.deepEqual(waited, [1500])
})
