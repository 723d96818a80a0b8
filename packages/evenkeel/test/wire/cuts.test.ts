import assert from 'node:assert/strict'
import { test } from 'node:test'
import { converse, type Kind } from './connection.ts'
import { corpus } from './corpus.ts'

const told = (kind: Kind, pieces: Buffer[]): unknown => {
  const { messages, failure } = converse(kind, pieces)
  return { failure, messages: messages.map(({ head: _, ...rest }) => rest) }
}

for (const [kind, messages] of Object.entries(corpus) as [Kind, string[]][]) {
  test(`a ${kind} reads the same wherever it is cut`, () => {
    for (const text of messages) {
      const bytes = Buffer.from(text, 'latin1')
      const whole = told(kind, [bytes])
      for (let i = 1; i < bytes.length; i++) {
        assert.deepEqual(
          told(kind, [bytes.subarray(0, i), bytes.subarray(i)]),
          whole,
          `${JSON.stringify(text)} cut at ${i}`,
        )
      }
      const single = Array.from(bytes, byte => Buffer.from([byte]))
      assert.deepEqual(told(kind, single), whole, `${JSON.stringify(text)} byte by byte`)
    }
  })

  test(`a short ${kind} reads the same wherever it is cut twice`, () => {
    for (const text of messages.filter(text => text.length < 90)) {
      const bytes = Buffer.from(text, 'latin1')
      const whole = told(kind, [bytes])
      for (let i = 1; i < bytes.length; i++) {
        for (let j = i + 1; j < bytes.length; j++) {
          const pieces = [bytes.subarray(0, i), bytes.subarray(i, j), bytes.subarray(j)]
          assert.deepEqual(told(kind, pieces), whole, `${JSON.stringify(text)} cut at ${i} and ${j}`)
        }
      }
    }
  })
}
