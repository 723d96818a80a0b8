import assert from 'node:assert/strict'
import { it } from 'node:test'
import { first } from './first.ts'
import { request } from '../lab/policy-kit.ts'
import { keepsPolicyContract, weighted } from './policy.contract.ts'

keepsPolicyContract('first', first, { shares: false })

it('goes to the first that may be chosen, every time', () => {
  const pick = first(weighted(1, 9, 1))
  const to = (eligible: (index: number) => boolean): number => pick(request(), eligible)
  assert.deepEqual([to(() => true), to(() => true), to(index => index > 0), to(index => index === 2)], [0, 0, 1, 2])
})
