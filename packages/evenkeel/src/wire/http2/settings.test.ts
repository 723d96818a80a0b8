import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FLOW_CONTROL_ERROR, FRAME_HEAD, NO_ERROR, PROTOCOL_ERROR, settingIds } from './codes.ts'
import { settingsFrame } from './frame-writer.ts'
import { PeerSettings } from './settings.ts'

function apply(settings: PeerSettings, ...pairs: [number, number][]): number {
  const payload = Buffer.from(settingsFrame(pairs), 'latin1').subarray(FRAME_HEAD)
  return settings.apply(payload, 0, payload.length)
}

test('settings are taken in their order, and unknown ones mean nothing', () => {
  const settings = new PeerSettings()
  const code = apply(
    settings,
    [settingIds.initialWindowSize, 100],
    [0xabcd, 0xffff_ffff],
    [settingIds.initialWindowSize, 200],
    [settingIds.maxFrameSize, 20_000],
    [settingIds.enablePush, 0],
  )
  assert.equal(code, NO_ERROR)
  assert.deepEqual([settings.initialWindow, settings.maxFrameSize, settings.enablePush], [200, 20_000, false])
})

const wrong: readonly (readonly [string, number, number, number])[] = [
  ['a push that is neither on nor off', settingIds.enablePush, 2, PROTOCOL_ERROR],
  ['a window larger than any', settingIds.initialWindowSize, 0x8000_0000, FLOW_CONTROL_ERROR],
  ['frames smaller than everybody takes', settingIds.maxFrameSize, 16_383, PROTOCOL_ERROR],
  ['frames larger than a head can say', settingIds.maxFrameSize, 16_777_216, PROTOCOL_ERROR],
  ['extended CONNECT as a number', settingIds.enableConnectProtocol, 2, PROTOCOL_ERROR],
]
for (const [what, id, value, code] of wrong) {
  test(`${what} is refused`, () => {
    assert.equal(apply(new PeerSettings(), [id, value]), code)
  })
}
