import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ReadBuffers } from '../../src/net/read-buffers.ts'
import { findSocketInternals } from '../../src/net/socket-internals.ts'
import { channelContract } from './channel.contract.ts'

if (findSocketInternals() === null) test('the fast channel, which this runtime does not have', { skip: true })
else channelContract({ name: 'fast', makeBuffers: onBug => new ReadBuffers({ onBug, maxOwn: 12 }) })

test('the environment switches the fast channel off', () => {
  process.env['EVENKEEL_PORTABLE_CHANNEL'] = '1'
  try {
    assert.equal(findSocketInternals(), null)
  } finally {
    delete process.env['EVENKEEL_PORTABLE_CHANNEL']
  }
})
