import assert from 'node:assert/strict'
import {
  readdirSync,
  readlinkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { execFileSync } from 'node:child_process'
import { failure } from '../../exchange/failure.ts'
import type { Outcome, Reply } from '../../exchange/outcome.ts'
import type { LocationMatch } from '../../model/model.ts'
import { defaults, type Settings } from '../../model/settings.ts'
import { makeCompile, makeExchange, template, type Asked, type TestExchange } from '../exchange.fixture.ts'
import { compileStaticFiles } from './static-files.ts'
import { compileTryFiles } from './try-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'evenkeel-static-'))
const big = Buffer.alloc(300_000, 'abcdefghij')
mkdirSync(join(folder, 'docs/empty'), { recursive: true })
writeFileSync(join(folder, 'a.html'), '0123456789')
writeFileSync(join(folder, 'docs/index.html'), 'index')
writeFileSync(join(folder, 'docs/nothing'), '')
writeFileSync(join(folder, 'docs/b & c.txt'), 'x')
writeFileSync(join(folder, 'big'), big)
writeFileSync(Buffer.from(join(folder, 'caf\u00e9'), 'utf8'), 'coffee')
const modified = 1_700_000_000
utimesSync(join(folder, 'a.html'), modified, modified)
after(() => rmSync(folder, { recursive: true }))

async function ask(
  asked: Asked,
  own: Partial<Settings> = {},
  match: LocationMatch | null = null,
): Promise<TestExchange> {
  const made = makeExchange(asked)
  await serve(made, own, match)
  return made
}

async function serve(
  made: TestExchange,
  own: Partial<Settings> = {},
  match: LocationMatch | null = null,
): Promise<void> {
  const settings: Settings = { ...defaults, root: template(folder), ...own }
  const outcome = await compileStaticFiles(settings, match, makeCompile(folder))(made.exchange)
  if (outcome !== undefined) made.sink.outcome = outcome
  else await made.sink.settled
}

const statusOf = (outcome: Outcome): number => (outcome as Reply).status

test('a file is sent whole with its type and validators', async () => {
  const { sink } = await ask({ target: '/a.html' })
  assert.equal(sink.response!.status, 200)
  assert.equal(sink.response!.length, 10)
  assert.equal(
    sink.response!.fields.render(),
    'Content-Type: text/html\r\nLast-Modified: Tue, 14 Nov 2023 22:13:20 GMT\r\nETag: "6553f100-a"\r\nAccept-Ranges: bytes\r\n',
  )
  assert.equal(sink.text, '0123456789')
  assert.ok(sink.ended)
})

test('HEAD gets the same head and no body, an empty file an empty body', async () => {
  const head = (await ask({ method: 'HEAD', target: '/a.html' })).sink
  assert.equal(head.response!.length, 10)
  assert.equal(head.parts.length, 0)
  assert.ok(head.ended)
  const empty = (await ask({ target: '/docs/nothing' })).sink
  assert.equal(empty.response!.length, 0)
  assert.equal(empty.text, '')
  assert.ok(empty.ended)
})

test('names that are not ASCII are bytes', async () => {
  assert.equal((await ask({ target: '/caf%c3%a9' })).sink.text, 'coffee')
})

test('a missing file is 404 with a line in the log, which log_not_found turns off', async () => {
  const { sink, log } = await ask({ target: '/gone' })
  assert.equal(statusOf(sink.outcome), 404)
  assert.ok(log[0]!.startsWith(`open() "${folder}/gone" failed (2: No such file or directory)`))
  assert.equal((await ask({ target: '/gone' }, { logNotFound: false })).log.length, 0)
  assert.equal(statusOf((await ask({ target: '/a.html/x' })).sink.outcome), 404)
})

test('methods other than GET and HEAD are refused', async () => {
  assert.equal(statusOf((await ask({ method: 'PUT', target: '/a.html' })).sink.outcome), 405)
  assert.equal(statusOf((await ask({ method: 'POST', target: '/a.html' })).sink.outcome), 405)
})

test('a folder without its slash redirects to the one with it', async () => {
  const { sink } = await ask({ target: '/docs?x=1', localPort: 8080 })
  assert.equal(statusOf(sink.outcome), 301)
  assert.equal((sink.outcome as Reply).fields!.get('Location'), 'http://example.org:8080/docs/?x=1')
})

test('a folder leads to its index by an internal redirect', async () => {
  const index = [template('none.html'), template('index.html')]
  assert.deepEqual((await ask({ target: '/docs/' }, { index })).sink.outcome, {
    kind: 'redirect',
    uri: '/docs/index.html',
  })
  const absolute = [template('none.html'), template('/fallback')]
  assert.deepEqual((await ask({ target: '/docs/' }, { index: absolute })).sink.outcome, {
    kind: 'redirect',
    uri: '/fallback',
  })
})

test('a folder without an index is forbidden, a missing one not found', async () => {
  const { sink, log } = await ask({ target: '/docs/empty/' })
  assert.equal(statusOf(sink.outcome), 403)
  assert.ok(log[0]!.startsWith(`directory index of "${folder}/docs/empty/" is forbidden`))
  assert.equal(statusOf((await ask({ target: '/nowhere/' })).sink.outcome), 404)
})

test('a listing shows folders first and escapes names', async () => {
  const { sink } = await ask({ target: '/docs/' }, { autoindex: true, index: [template('none')] })
  const page = String((sink.outcome as Reply).body)
  assert.match(page, /^<html>\r\n<head><title>Index of \/docs\/<\/title><\/head>\r\n/)
  assert.match(
    page,
    /<a href="empty\/">empty\/<\/a> {45}\d\d-\w{3}-\d{4} \d\d:\d\d {19}-\r\n<a href="b%20%26%20c\.txt">b &amp; c\.txt<\/a>/,
  )
})

test('nothing outside of the root can be named', async () => {
  for (const uri of ['/../etc/passwd', '/docs/../../etc/passwd', '/..', '/a.html\0.png']) {
    const made = makeExchange()
    made.exchange.uri = uri
    await serve(made)
    assert.equal(statusOf(made.sink.outcome), 404, uri)
  }
  const variable = await ask({ target: '/passwd?d=../../etc' }, { root: template(`${folder}/$arg_d`) })
  assert.equal(statusOf(variable.sink.outcome), 404)
})

test('a pipe is not opened for ever, and is no file', { skip: process.platform === 'win32' }, async () => {
  execFileSync('mkfifo', [join(folder, 'pipe')])
  assert.equal(statusOf((await ask({ target: '/pipe' })).sink.outcome), 404)
})

test('an alias takes the place of the location', async () => {
  const match = { kind: 'prefix', text: '/files/' } as const
  const own = { alias: template(`${folder}/`) }
  assert.equal((await ask({ target: '/files/a.html' }, own, match)).sink.text, '0123456789')
  const rewritten = makeExchange({ target: '/files/a.html' })
  rewritten.exchange.rewritten = true
  await serve(rewritten, own, match)
  assert.equal(statusOf(rewritten.sink.outcome), 500)
})

test('what the client has already is 304 without a body, and a failed precondition 412', async () => {
  const { sink } = await ask({ target: '/a.html', fields: { 'If-None-Match': '"6553f100-a"' } })
  assert.equal(sink.response!.status, 304)
  assert.equal(sink.response!.fields.get('ETag'), '"6553f100-a"')
  assert.equal(sink.response!.fields.get('Content-Type'), undefined)
  assert.ok(sink.ended)
  assert.equal(statusOf((await ask({ target: '/a.html', fields: { 'If-Match': '"x"' } })).sink.outcome), 412)
})

test('a file sent as an error page is sent whole', async () => {
  const made = makeExchange({ target: '/a.html', fields: { Range: 'bytes=0-1', 'If-None-Match': '"6553f100-a"' } })
  made.exchange.statusOverride = 404
  await serve(made)
  assert.equal(made.sink.text, '0123456789')
  assert.equal(made.sink.response!.fields.has('Last-Modified'), false)
})

test('one range, several ranges and none that fits', async () => {
  const one = (await ask({ target: '/a.html', fields: { Range: 'bytes=2-4' } })).sink
  assert.equal(one.response!.status, 206)
  assert.equal(one.response!.length, 3)
  assert.equal(one.response!.fields.get('Content-Range'), 'bytes 2-4/10')
  assert.equal(one.text, '234')
  const two = (await ask({ target: '/a.html', fields: { Range: 'bytes=0-1,8-' } })).sink
  assert.equal(two.response!.status, 206)
  assert.equal(two.text.length, two.response!.length)
  assert.match(two.text, /bytes 0-1\/10\r\n\r\n01\r\n--.*bytes 8-9\/10\r\n\r\n89\r\n--\d{20}--\r\n$/s)
  const no = (await ask({ target: '/a.html', fields: { Range: 'bytes=20-' } })).sink.outcome as Reply
  assert.equal(no.status, 416)
  assert.equal(no.fields!.get('Content-Range'), 'bytes */10')
})

test('a big file comes in bounded parts', async () => {
  const { sink } = await ask({ target: '/big' })
  assert.ok(sink.parts.every(part => part.length <= 65536))
  assert.ok(Buffer.concat(sink.parts).equals(big))
  // The file is closed by another thread, which the answer does not wait for.
  await until(() => openDescriptors('/big') === 0)
})

test('a sink that asks for a pause gets nothing until it resumes', async () => {
  const made = makeExchange({ target: '/big' })
  const { sink } = made
  let waiting = false
  sink.onBody = () => {
    assert.equal(waiting, false)
    waiting = true
    setImmediate(() => {
      waiting = false
      sink.source!.resume()
    })
    return false
  }
  await serve(made)
  assert.ok(Buffer.concat(sink.parts).equals(big))
})

test('a transfer that is cancelled ends at once and closes its file', async () => {
  const made = makeExchange({ target: '/big' })
  const { sink } = made
  sink.onBody = () => {
    sink.source!.cancel(failure('client_gone'))
    sink.settle()
    return false
  }
  await serve(made)
  assert.equal(sink.parts.length, 1)
  assert.equal(sink.ended, false)
  await until(() => openDescriptors('/big') === 0)
})

test('a file that shrinks while it is sent is aborted, never ended', async () => {
  writeFileSync(join(folder, 'shrinks'), big)
  const made = makeExchange({ target: '/shrinks' })
  const { sink } = made
  sink.onBody = () => {
    truncateSync(join(folder, 'shrinks'), 70_000)
    return true
  }
  await serve(made)
  assert.equal(sink.failure?.code, 'file_not_read')
  assert.equal(sink.ended, false)
  assert.match(made.log[0]!, /was truncated while it was sent/)
  await until(() => openDescriptors('/shrinks') === 0)
})

test('a client that left while the file was opened gets nothing, and the file is closed', async () => {
  const made = makeExchange({ target: '/big' })
  const settings: Settings = { ...defaults, root: template(folder) }
  void compileStaticFiles(settings, null, makeCompile())(made.exchange)
  made.exchange.ended = true
  await ask({ target: '/big' })
  await until(() => openDescriptors('/big') === 0)
  assert.equal(made.sink.response, null)
})

async function tryFiles(
  target: string,
  candidates: string[],
  fallback: string | number,
  own: Partial<Settings> = {},
  match: LocationMatch | null = null,
): Promise<[Outcome, string]> {
  const { exchange } = makeExchange({ target })
  const last = typeof fallback === 'number' ? { status: fallback } : { uri: template(fallback) }
  const settings = {
    ...defaults,
    root: template(folder),
    ...own,
    tryFiles: { candidates: candidates.map(template), fallback: last },
  }
  return [await compileTryFiles(settings, match, makeCompile(folder))!(exchange), exchange.uri]
}

test('try_files takes the first candidate that is there', async () => {
  assert.deepEqual(await tryFiles('/x', ['$uri', '/a.html'], 404), [undefined, '/a.html'])
  assert.deepEqual(await tryFiles('/docs', ['$uri', '$uri/'], 404), [undefined, '/docs'])
  assert.deepEqual(await tryFiles('/docs', ['$uri', '/a.html/'], 404), [{ kind: 'reply', status: 404 }, '/docs'])
})

test('try_files falls back to a status, a path with arguments, or a named location', async () => {
  assert.deepEqual((await tryFiles('/x', ['$uri'], 503))[0], { kind: 'reply', status: 503 })
  assert.deepEqual((await tryFiles('/x?y=1', ['$uri'], '/i.php?q=$uri&$args'))[0], {
    kind: 'redirect',
    uri: '/i.php',
    args: 'q=/x&y=1',
  })
  assert.deepEqual((await tryFiles('/x', ['$uri'], '@app'))[0], { kind: 'redirect', uri: '@app' })
})

test('try_files does not look outside of the root', async () => {
  assert.deepEqual(await tryFiles('/x?f=/../../../../../../etc/passwd', ['$arg_f'], 404), [
    { kind: 'reply', status: 404 },
    '/x',
  ])
})

test('try_files with an alias knows the location is not part of the path', async () => {
  const match = { kind: 'prefix', text: '/files/' } as const
  const own = { alias: template(`${folder}/`) }
  assert.deepEqual(await tryFiles('/files/a.html', ['$uri'], 404, own, match), [undefined, '/files/a.html'])
})

function openDescriptors(name: string): number {
  return readdirSync('/proc/self/fd').filter(fd => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === folder + name
    } catch {
      return false
    }
  }).length
}

/** Closing happens in a thread of the pool: wait for what has to come, the runner's own limit is the end. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setImmediate(resolve))
}
