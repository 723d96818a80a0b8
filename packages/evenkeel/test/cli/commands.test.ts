/**
 * evenkeel's own commands, as a newcomer meets them.
 */
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:net'
import { afterEach, beforeEach, test } from 'node:test'
import { Ports } from '../scenario/ports.ts'
import { exitOf, Folder, until } from './command.ts'

let folder: Folder
let ports: Ports
beforeEach(async () => {
  folder = new Folder()
  ports = await Ports.reserve(3)
})
afterEach(() => {
  folder.remove()
  ports.release()
})

for (const name of ['demo', 'serve', 'proxy']) {
  test(`${name} --help has examples`, () => {
    const { code, out } = folder.run(name, '--help')
    assert.equal(code, 0)
    assert.match(out, /^Usage: evenkeel [^]*Examples:\n {2}evenkeel /)
  })
}

test('serve answers its text with its status until it is interrupted', async () => {
  const port = ports.byName['main']!
  const said: string[] = []
  const child = folder.start(['serve', '--port', String(port), '--message', 'hello', '--status', '503'], said)
  await until(() => said.join('').includes('server started'))
  const answer = await fetch(`http://127.0.0.1:${port}/`)
  assert.deepEqual([answer.status, await answer.text()], [503, 'hello\n'])
  child.kill('SIGINT')
  assert.equal(await exitOf(child), 0)
})

test('a port in use is one line that names it and the way out', async () => {
  const server = await listening()
  const { port } = server.address() as { port: number }
  const serve = folder.run('serve', '--port', String(port))
  const demo = folder.run('demo', '--port', String(port))
  server.close()
  assert.deepEqual([serve.code, serve.err], [1, `evenkeel: port ${port} is in use: choose another with --port\n`])
  assert.deepEqual([demo.code, demo.err], [1, `evenkeel: port ${port} is in use: choose another with --port\n`])
})

test('proxy --print shows a configuration that passes its own test', () => {
  const { code, out } = folder.run(
    'proxy',
    '--print',
    '--listen',
    '127.0.0.1:8080',
    'localhost:8000',
    '--method',
    'least_conn',
  )
  assert.equal(code, 0)
  folder.write('nginx.conf', out)
  const tested = folder.run('-t', '-c', 'nginx.conf')
  assert.equal(tested.code, 0, tested.err)
})

test('the demo answers 1-2-3-1-2-3, and one Ctrl-C ends all of it', async () => {
  const front = ports.byName['front']!
  const first = await ports.row(3)
  const said: string[] = []
  const flags = ['--port', front, '--servers', first, '--dashboard', ports.byName['dashboard']!, '--workers', 2].map(
    String,
  )
  const child = folder.start(['demo', ...flags], said)
  await until(() => said.join('').includes('Ctrl-C') || child.exitCode !== null)
  assert.equal(said.join('').match(/server started/g)?.length, 3, said.join(''))
  const answers: string[] = []
  for (let left = 6; left > 0; left--) answers.push(await (await fetch(`http://127.0.0.1:${front}/`)).text())
  assert.deepEqual(
    answers.map(text => text.trim().slice(-1)),
    ['1', '2', '3', '1', '2', '3'],
  )
  child.kill('SIGINT')
  assert.equal(await exitOf(child), 0)
})

async function listening(): Promise<Server> {
  const server = createServer()
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, resolve as () => void))
  return server
}
