/** The scenario language held against real nginx, so that later failures are evenkeel's and not the harness's. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { describe, test } from 'node:test'
import { ask, get } from './ask.ts'
import { connect } from './connection.ts'
import { httpOrigin, startOrigin } from './origin.ts'
import { startNginx } from './proxy.ts'
import { unless } from './requires.ts'
import { until } from './wait.ts'

describe('the scenario language', { skip: unless('nginx') }, () => {
  test('talks through a proxy to a scripted origin, byte by byte', async () => {
    await using origin = await startOrigin()
    await using proxy = await startNginx({ config: ports => forward(ports.main, origin.address) })
    await using client = await connect(proxy.port())

    client.send('GET /a HTTP/1.1\r\nHost: x\r\n\r\n')
    const upstream = await origin.accept()
    const request = await upstream.receive()
    assert.equal(request.startLine, 'GET /a HTTP/1.0')
    upstream.send('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe').send('llo')

    const response = await client.readResponse()
    assert.equal(response.status, 200)
    assert.equal(response.text, 'hello')
    assert.equal(response.complete, true)
    assert.equal(origin.accepted, 1)
  })

  test('tells a truncated response from a complete one', async () => {
    await using origin = await startOrigin()
    await using proxy = await startNginx({ config: ports => forward(ports.main, origin.address) })
    await using client = await connect(proxy.port('main'))

    client.send(get('/'))
    const upstream = await origin.accept()
    await upstream.receive()
    upstream.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhe').close()

    const response = await client.readResponse()
    assert.equal(response.complete, false)
    assert.equal(response.text, 'he')
    await proxy.errorLog(/prematurely closed connection/)
  })

  test('reads chunks, interim responses, answers to HEAD and bodies that end with the connection', async () => {
    await using origin = await startOrigin()
    await using client = await connect(origin.port)
    const server = await origin.accept()

    server.send('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
    server.send('3;x=y\r\nabc\r\n1\r\nd\r\n0\r\nX-Sum: 1\r\n\r\n')
    server.send('HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nHTTP/1.1 200 OK\r\n\r\nrest').end()

    assert.equal((await client.readResponse()).status, 103)
    const chunked = await client.readResponse()
    assert.equal(chunked.text, 'abcd')
    assert.deepEqual(chunked.trailers, [['X-Sum', '1']])
    assert.equal((await client.readResponse({ head: true })).framing, 'none')
    const last = await client.readResponse()
    assert.deepEqual([last.framing, last.text, last.complete], ['close', 'rest', true])
    await client.expectClose()
  })

  test('tells a reset from a close, and complains of bytes left over', async () => {
    await using origin = await startOrigin()
    await using first = await connect(origin.port)
    await using second = await connect(origin.port)
    await (await origin.accept()).reset()
    ;(await origin.accept()).send('extra').end()

    await first.expectReset()
    await assert.rejects(second.expectClose(), /bytes came instead of the end; what came: "extra"/)
    assert.equal(await second.expect(/x.r/), 'extr')
    await second.expect('a')
    await second.expectClose()
  })

  test('fails with what came, as soon as it can no longer fit', async () => {
    await using origin = await startOrigin()
    await using client = await connect(origin.port)
    ;(await origin.accept()).send('HTTP/1.1 502 Bad')

    await assert.rejects(client.expect('HTTP/1.1 200'), /other bytes came; what came: "HTTP\/1.1 502 Bad"/)
  })

  test('answers by itself with httpOrigin, and remembers what it was asked', async () => {
    await using one = await httpOrigin('Server 1')
    await using two = await httpOrigin(request => ({
      status: 201,
      headers: { 'X-Target': request.target },
      body: 'Server 2',
    }))
    await using proxy = await startNginx({
      config: ports => `
        upstream both { server ${one.address}; server ${two.address}; }
        server { listen 127.0.0.1:${ports.main}; location / { proxy_pass http://both; } }`,
    })

    assert.equal((await ask(proxy.port(), get('/a'))).text, 'Server 1')
    const second = await ask(proxy.port(), 'HEAD /b HTTP/1.1\r\nHost: x\r\n\r\n')
    assert.deepEqual([second.status, second.get('x-target'), second.text], [201, '/b', ''])
    assert.equal(one.requests.length + two.requests.length, 2)

    const lines = await proxy.accessLog(2)
    assert.match(lines[0] ?? '', /"GET \/a HTTP\/1\.1" 200 8/)
  })

  test('reloads another configuration', async () => {
    const answering = (port: number | undefined, text: string): string =>
      `server { listen 127.0.0.1:${port}; location / { return 200 "${text}"; } }`
    await using proxy = await startNginx({ config: ports => answering(ports.main, 'old'), logLevel: 'notice' })
    assert.equal((await ask(proxy.port(), get('/'))).text, 'old')

    proxy.configure(ports => answering(ports.main, 'new'))
    proxy.signal('HUP')
    await proxy.errorLog(/exited with code 0/)
    assert.equal((await ask(proxy.port(), get('/'))).text, 'new')
    await proxy.stop()
  })

  test('says why a proxy did not start', async () => {
    await assert.rejects(startNginx({ config: () => 'no_such_directive;' }), /did not start[^]*unknown directive/)
  })

  test('fails a scenario whose process died, or alerted', async () => {
    const died = await startNginx({ config: ports => forward(ports.main, '127.0.0.1:1') })
    const { pid } = died
    died.signal('QUIT')
    await until(
      () => 'the process to be gone',
      () => !existsSync(`/proc/${pid}`) || undefined,
    )
    await assert.rejects(died[Symbol.asyncDispose](), /died during the test/)

    const alerted = await startNginx({ config: ports => forward(ports.main, '127.0.0.1:1'), logLevel: 'notice' })
    const log = await alerted.errorLog(/start worker process \d+/)
    process.kill(Number(/start worker process (\d+)/.exec(log)?.[1]), 'SIGKILL')
    await alerted.errorLog(/exited on signal 9/)
    await assert.rejects(alerted[Symbol.asyncDispose](), /has an \[alert\]/)
  })
})

function forward(port: number | undefined, address: string): string {
  return `server { listen 127.0.0.1:${port}; location / { proxy_pass http://${address}; } }`
}
