import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readDelayMs, readFlags, readPort } from './flags.ts'
import { nearest } from './nearest.ts'
import { proxyText } from './proxy-text.ts'
import { readWish } from './proxy.ts'
import { readServers } from './serve.ts'

test('what follows a --port belongs to that server', () => {
  const flags = readFlags(
    ['--port', '8000', '--delay=50ms', '--port', '8001', '--message', 'two', '--status', '503'],
    ['port', 'delay', 'message', 'status'],
    [],
  )
  assert.deepEqual(readServers(flags).servers, [
    { port: 8000, message: 'Server 1', delayMs: 50, status: 200 },
    { port: 8001, message: 'two', delayMs: 0, status: 503 },
  ])
})

test('a flag of a server without a server before it is a mistake with a remedy', () => {
  assert.throws(() => readServers([{ name: 'message', value: 'x' }]), /give --port first/)
  assert.throws(() => readServers([]), /at least one --port/)
})

test('ports and times are checked', () => {
  assert.throws(() => readPort('--port', '70000'), /1 to 65535/)
  assert.throws(() => readPort('--port', '80a'), /1 to 65535/)
  assert.equal(readDelayMs('--delay', '2s'), 2000)
  assert.throws(() => readDelayMs('--delay', 'soon'), /50ms/)
})

test('an unknown flag names the one that was probably meant', () => {
  assert.throws(() => readFlags(['--metod', 'x'], ['method'], []), /did you mean --method\?/)
  assert.equal(nearest('dmeo', ['demo', 'serve']), 'demo')
  assert.equal(nearest('xyzzy', ['demo', 'serve']), undefined)
})

test('servers, listen and method of proxy become configuration, and nothing can be smuggled into it', () => {
  const flags = readFlags(['--listen', '[::1]:80', 'a:1', 'b:2', '--method', 'hash'], ['listen', 'method'], [])
  const text = proxyText(readWish(flags))
  assert.match(text, /hash \$request_uri;\n {8}server a:1;\n {8}server b:2;/)
  assert.match(text, /listen \[::1\]:80;/)
  assert.throws(() => readWish([{ word: 'a;} http {' }]), /give an address/)
  assert.throws(() => readWish([{ word: 'a:1' }, { name: 'method', value: 'round; x' }]), /choose one of/)
})
