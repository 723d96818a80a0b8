/** `evenkeel dev` and `evenkeel init`, as their users meet them. */
import assert from 'node:assert/strict'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { createServer } from 'node:http'
import { request } from 'node:https'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { WebSocket, WebSocketServer } from 'ws'
import { Ports } from '../scenario/ports.ts'
import { awaitEnd, exitOf, Folder, program, until } from './command.ts'

let folder: Folder
let ports: Ports
beforeEach(async () => {
  folder = new Folder()
  ports = await Ports.reserve(2)
})
afterEach(() => {
  folder.remove()
  ports.release()
})

test('dev: HTTPS by an authority that can be trusted, waiting for what starts later, one line a request', async () => {
  const [front, behind] = [ports.byName['front']!, ports.byName['behind']!]
  const said: string[] = []
  const child = dev(said, `web=${behind}`, '--port', String(front))
  try {
    await until(() => said.join('').includes('Ctrl-C'))
    assert.match(said.join(''), /A local authority was made[^]*dev-authority\.pem/)
    const ca = folder.read('data/evenkeel/dev-authority.pem')
    assert.ok(!ca.includes('PRIVATE'))
    const early = ask(front, ca, 'web.localhost')
    await until(() => said.join('').includes(`waiting for web on localhost:${behind}`))
    const service = createServer((asked, answer) => answer.end(`here ${asked.headers['x-forwarded-proto']}`))
    const sockets = new WebSocketServer({ server: service })
    sockets.on('connection', socket => socket.on('message', data => socket.send(`back ${String(data)}`)))
    await new Promise<void>(resolve => service.listen(behind, '127.0.0.1', resolve))
    assert.deepEqual(await early, [200, 'here https'])
    assert.deepEqual(await ask(front, ca, 'localhost'), [404, 'there is web.localhost here\n'])
    const client = new WebSocket(`wss://127.0.0.1:${front}/hmr`, { ca, headers: { Host: 'web.localhost' } })
    const answered = new Promise(resolve => client.on('message', data => resolve(String(data))))
    client.on('open', () => client.send('hello'))
    assert.equal(await answered, 'back hello')
    client.terminate()
    sockets.close()
    service.closeAllConnections()
    service.close()
    await until(() => /web GET \/ 200 \d+ ms\n[^]*web websocket \/hmr 101\n/.test(said.join('')))
  } finally {
    child.kill('SIGINT')
  }
  assert.equal(await exitOf(child), 0)
})

test('dev: the authority is kept, its key for its owner alone', async () => {
  const certificates: string[] = []
  for (const time of ['first', 'second']) {
    const said: string[] = []
    const child = dev(said, `web=${ports.byName['behind']}`, '--port', String(ports.byName['front']))
    await until(() => said.join('').includes('Ctrl-C'))
    child.kill('SIGTERM')
    assert.equal(await exitOf(child), 0, time)
    certificates.push(folder.read('data/evenkeel/dev-authority.pem'))
  }
  assert.equal(certificates[0], certificates[1])
  const { stdout } = spawnSync('ls', ['-l', join(folder.path, 'data/evenkeel/dev-authority.key.pem')], {
    encoding: 'utf8',
  })
  assert.match(stdout, /^-rw-------/)
})

test('dev: what is wrong is said in a line', () => {
  assert.match(folder.run('dev').err, /name a service and its port/)
  assert.match(folder.run('dev', 'web').err, /"web" is no service; write NAME=PORT/)
  assert.match(folder.run('dev', 'a=1', 'a=2').err, /a is named twice/)
})

test('init --yes writes a start that passes its own test, in either language, and overwrites nothing', () => {
  for (const [format, file] of [
    ['nginx', 'nginx.conf'],
    ['ts', 'evenkeel.config.mts'],
  ] as const) {
    const made = folder.run('init', '--yes', '--format', format, '--output', file)
    assert.equal(made.code, 0, made.err)
    // The package is not installed here: its name stands for this checkout's.
    const entry = new URL('../../src/index.ts', import.meta.url).href
    folder.write(file, folder.read(file).replace("from 'evenkeel'", `from '${entry}'`))
    const tested = folder.run('-t', '-c', file)
    assert.equal(tested.code, 0, tested.err)
    assert.match(folder.run('init', '--yes', '--output', file).err, /is there already/)
  }
})

test('init asks what no flag says, and takes answers from a pipe', () => {
  const { stderr, status } = spawnSync(process.execPath, [program, 'init', '--format', 'nginx'], {
    cwd: folder.path,
    input: '10.0.0.1:80, 10.0.0.2:80\n\n',
    encoding: 'utf8',
    timeout: 60_000,
  })
  assert.equal(status, 0, stderr)
  assert.match(stderr, /Which servers[^]*Where does it listen/)
  assert.match(folder.read('nginx.conf'), /server 10\.0\.0\.1:80;\n {4}server 10\.0\.0\.2:80;[^]*listen 8080;/)
})

function dev(said: string[], ...list: string[]): ChildProcess {
  const env = { ...process.env, XDG_DATA_HOME: join(folder.path, 'data') }
  const child = spawn(process.execPath, [program, 'dev', ...list], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => said.push(text))
  awaitEnd(child)
  return child
}

function ask(port: number, ca: string, name: string): Promise<[number | undefined, string]> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, ca, servername: name, headers: { Host: name }, agent: false }
    request(options, answer => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part: string) => (text += part))
      answer.on('end', () => resolve([answer.statusCode, text]))
    })
      .on('error', reject)
      .end()
  })
}
