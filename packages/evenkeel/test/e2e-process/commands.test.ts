/** evenkeel's own commands with traffic going through them. */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { afterEach, beforeEach, test } from 'node:test'
import { exitOf, Folder, until } from '../cli/command.ts'
import { ask, get } from '../scenario/ask.ts'
import { httpOrigin } from '../scenario/origin.ts'
import { Ports } from '../scenario/ports.ts'

let folder: Folder
let ports: Ports
beforeEach(async () => {
  folder = new Folder()
  ports = await Ports.reserve(4)
})
const running: ChildProcess[] = []
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
  folder.remove()
  ports.release()
})

test('proxy balances between what it is given, says so in one line, and leaves nothing behind', async () => {
  await using one = await httpOrigin('one')
  await using two = await httpOrigin('two')
  const port = ports.byName['main']!
  const before = leftovers()
  const said: string[] = []
  const child = folder.start(
    ['proxy', '--listen', `127.0.0.1:${port}`, one.address, two.address, '--workers', '2'],
    said,
  )
  running.push(child)
  await until(() => said.join('').includes('Ctrl-C') || child.exitCode !== null)
  const answers: string[] = []
  for (let count = 0; count < 4; count++) answers.push((await ask(port, get('/'))).text)
  assert.equal(answers.join(' '), 'one two one two')
  assert.equal(one.requests[0]!.get('x-forwarded-for'), '127.0.0.1')

  const second = folder.run('proxy', '--listen', `127.0.0.1:${port}`, one.address)
  assert.equal(second.code, 1)
  assert.match(second.err, new RegExp(`^evenkeel: port ${port} is in use: choose another with --listen\n$`))

  child.kill('SIGINT')
  assert.equal(await exitOf(child), 0)
  assert.equal(said.join(''), `evenkeel listens on 127.0.0.1:${port}; Ctrl-C ends it\n`)
  assert.deepEqual(leftovers(), before)
})

test('the demo says what to open, and nothing else until Ctrl-C', async () => {
  const front = ports.byName['front']!
  const first = await ports.row(3)
  const said: string[] = []
  const dashboard = ports.byName['dashboard']!
  const flags = ['--port', front, '--servers', first, '--dashboard', dashboard].map(String)
  const child = folder.start(['demo', ...flags], said)
  running.push(child)
  await until(() => said.join('').includes('Ctrl-C') || child.exitCode !== null)
  await ask(front, get('/'))
  assert.match((await ask(dashboard, get('/dashboard.html'))).text, /<title>evenkeel<\/title>/)
  child.kill('SIGINT')
  assert.equal(await exitOf(child), 0)
  const lines = said.join('').trimEnd().split('\n')
  assert.deepEqual(lines.slice(0, 3), [
    `server started: http://localhost:${first} answers "Server 1"`,
    `server started: http://localhost:${first + 1} answers "Server 2"`,
    `server started: http://localhost:${first + 2} answers "Server 3"`,
  ])
  assert.match(lines[3]!, /^evenkeel is in front of them, with .*nginx\.conf$/)
  assert.equal(lines[5], `Open http://localhost:${front} and refresh: the three servers answer in turn.`)
  assert.equal(lines[7], `The dashboard: http://localhost:${dashboard}/dashboard.html`)
  assert.equal(lines.length, 9, said.join(''))
})

test('a daemon runs on its own, is reloaded, and is quit by name', async () => {
  const port = ports.byName['main']!
  const write = (text: string): void =>
    folder.write(
      'nginx.conf',
      `pid x.pid; error_log error.log notice; events {} http { access_log off; server { listen 127.0.0.1:${port}; return 200 "${text}"; } }`,
    )
  write('one')
  assert.deepEqual(folder.run('-p', folder.path), { code: 0, out: '', err: '' })
  const pid = Number(folder.read('x.pid'))
  assert.equal((await ask(port, get('/'))).text, 'one')
  write('two')
  assert.equal(folder.run('-p', folder.path, '-s', 'reload').code, 0)
  await until(() => /exited with code 0/.test(folder.read('error.log')))
  assert.equal((await ask(port, get('/'))).text, 'two')
  assert.equal(Number(folder.read('x.pid')), pid)
  assert.equal(folder.run('-p', folder.path, '-s', 'quit').code, 0)
  await until(() => folder.read('x.pid') === '')
})

/** Folders of runs of ours under what is the system's temporary one to it. */
function leftovers(): string[] {
  return readdirSync(folder.path).filter(name => name.startsWith('evenkeel-run-'))
}
