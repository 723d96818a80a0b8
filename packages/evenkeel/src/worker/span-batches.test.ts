import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SpanBatches, type SpanBatch } from './span-batches.ts'

const exporter = { url: '', fields: [], trustedCertificate: null, intervalMs: 3_600_000, batchSize: 3, batchCount: 2 }

function gathering(): { batches: SpanBatches; sent: SpanBatch[] } {
  const sent: SpanBatch[] = []
  const batches = new SpanBatches(batch => sent.push(batch))
  batches.configure(exporter)
  return { batches, sent }
}

test('spans go when there are enough of them, or when they are asked for', () => {
  const { batches, sent } = gathering()
  batches.offer(['1', '2'])
  assert.deepEqual(sent, [])
  batches.offer(['3'])
  batches.offer(['4'])
  batches.flush()
  assert.deepEqual(
    sent.map(({ spans, count }) => [spans, count]),
    [
      ['1,2,3', 3],
      ['4', 1],
    ],
  )
  batches.flush()
  assert.equal(sent.length, 2)
})

test('beyond the batches under way one more is held, what comes then is dropped and counted', () => {
  const { batches, sent } = gathering()
  for (let i = 0; i < 20; i++) batches.offer([String(i)])
  assert.equal(sent.length, 2)
  batches.settled()
  assert.deepEqual(sent.at(-1), { spans: '6,7,8', count: 3, dropped: 11 })
  batches.offer(['new'])
  batches.settled()
  batches.flush()
  assert.deepEqual(sent.at(-1), { spans: 'new', count: 1, dropped: 0 })
})

test('without an exporter nothing is held', () => {
  const { batches, sent } = gathering()
  batches.offer(['1'])
  batches.configure(null)
  batches.offer(['2', '3', '4'])
  assert.deepEqual(
    sent.map(({ spans }) => spans),
    ['1'],
  )
})
