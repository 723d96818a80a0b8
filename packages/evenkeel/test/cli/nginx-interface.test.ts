/**
 * nginx's interface, as scripts and people call it.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { exitOf, Folder, until, wrapper } from './command.ts'

let folder: Folder
beforeEach(() => void (folder = new Folder()))
afterEach(() => folder.remove())

const EMPTY = 'events {}\n'

test('-v and -V name both programs, and -V what tools look for', () => {
  const { code, out, err } = folder.run('-V')
  assert.equal(code, 0)
  assert.equal(out, '')
  assert.match(
    err,
    /^evenkeel version: evenkeel\/\d+\.\d+\.\d+\nnginx version: nginx\/1\.31\.5 \(configuration language\)\n/,
  )
  assert.match(
    err,
    /\nbuilt with OpenSSL \d+\.\d+\.\d+\nTLS SNI support enabled\nconfigure arguments: .*--without-http_uwsgi_module/,
  )
  assert.doesNotMatch(err, /\/home|\/tmp|LibreSSL|BoringSSL|AWS-LC/)
  assert.ok(err.startsWith(folder.run('-v').err))
})

test('a good configuration is ok and successful, on stderr, with code 0', () => {
  folder.write('nginx.conf', EMPTY)
  const { code, out, err } = folder.run('-t', '-p', folder.path)
  const file = join(folder.path, 'nginx.conf')
  assert.deepEqual([code, out], [0, ''])
  assert.equal(
    err,
    `evenkeel: the configuration file ${file} syntax is ok\nevenkeel: configuration file ${file} test is successful\n`,
  )
  assert.deepEqual(folder.run('-tq', '-p', folder.path), { code: 0, out: '', err: '' })
})

test('a bad configuration tells all problems with their places and fails with code 1', () => {
  folder.write('bad.conf', 'events {}\nfoo;\nbar;\n')
  const { code, err } = folder.run('-t', '-c', 'bad.conf')
  assert.equal(code, 1)
  assert.match(err, /evenkeel: \[emerg\] unknown directive "foo" in .*bad\.conf:2\n/)
  assert.match(err, /unknown directive "bar" in .*bad\.conf:3\n/)
  assert.match(err, /configuration file .*bad\.conf test failed\n$/)
})

test('directives without a meaning here are noted, but not with -q', () => {
  folder.write('nginx.conf', 'events { use epoll; }\nhttp { sendfile on; }\n')
  const notes = folder.run('-t', '-c', 'nginx.conf').err.match(/^evenkeel: note: .*/gm) ?? []
  assert.match(notes.join('\n'), /note: "(use|sendfile)" .* is ignored, in .*nginx\.conf:\d/)
  assert.equal(folder.run('-tq', '-c', 'nginx.conf').err, '')
})

test('-T prints each file once, byte for byte, on stdout', () => {
  folder.write('nginx.conf', 'events {}\nhttp { include part.conf; }\n')
  folder.write('part.conf', '# ü\n')
  const { code, out, err } = folder.run('-T', '-p', folder.path, '-c', 'nginx.conf')
  assert.equal(code, 0)
  const [file, part] = ['nginx.conf', 'part.conf'].map(name => join(folder.path, name))
  assert.equal(
    out,
    `# configuration file ${file}:\nevents {}\nhttp { include part.conf; }\n\n# configuration file ${part}:\n# ü\n\n`,
  )
  assert.match(err, /test is successful/)
})

test('-T of a bad configuration prints no files', () => {
  folder.write('nginx.conf', 'nonsense;')
  const { code, out, err } = folder.run('-T', '-c', 'nginx.conf')
  assert.deepEqual([code, out], [1, ''])
  assert.match(err, /nginx\.conf test failed/)
})

test('-t opens logs, and is not disturbed by a port in use', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  folder.write('nginx.conf', `events {} http { server { listen 127.0.0.1:${port}; } }`)
  assert.equal(folder.run('-t', '-c', 'nginx.conf').code, 0)
  server.close()
  folder.write('nginx.conf', 'error_log missing/error.log; events {}')
  const { code, err } = folder.run('-t', '-c', 'nginx.conf')
  assert.equal(code, 1)
  assert.match(err, /\[emerg\] open\(\) ".*missing\/error\.log" failed \(2: No such file or directory\)/)
})

test('-s without a process to be found says so and fails', () => {
  folder.write('nginx.conf', `${EMPTY}pid x.pid;`)
  const send = (): [number | null, string] => {
    const { code, err } = folder.run('-s', 'reload', '-p', folder.path)
    return [code, err.trim().replaceAll(folder.path, '')]
  }
  assert.deepEqual(send(), [1, 'evenkeel: [error] open() "/x.pid" failed (2: No such file or directory)'])
  folder.write('x.pid', 'abc\n')
  assert.deepEqual(send(), [1, 'evenkeel: [error] invalid PID number "abc" in "/x.pid"'])
  folder.write('x.pid', '999999999\n')
  assert.deepEqual(send(), [1, 'evenkeel: [alert] kill(999999999, 1) failed (3: No such process)'])
})

test('-s reload, reopen and quit reach a process in the foreground', async () => {
  folder.write('nginx.conf', `${EMPTY}pid x.pid; error_log error.log notice; daemon off;`)
  const child = folder.start(['-p', folder.path, '-e', 'error.log'], [])
  await until(() => folder.read('x.pid') === `${child.pid}\n`)
  await until(() => /nginx\/1\.31\.5.*evenkeel\/\d/.test(folder.read('error.log')))
  const send = (name: string): number | null => folder.run('-p', folder.path, '-s', name).code
  assert.equal(send('reload'), 0)
  await until(() => /exited with code 0/.test(folder.read('error.log')))
  assert.equal(send('reopen'), 0)
  await until(() => /SIGUSR1/.test(folder.read('error.log')))
  assert.equal(send('quit'), 0)
  assert.equal(await exitOf(child), 0)
  assert.equal(folder.read('x.pid'), '')
})

test('-s stop ends a daemon, whose starter has ended when it is up', async () => {
  folder.write('nginx.conf', `${EMPTY}pid x.pid; error_log error.log;`)
  assert.deepEqual(folder.run('-p', folder.path), { code: 0, out: '', err: '' })
  assert.match(folder.read('x.pid'), /^\d+\n$/)
  assert.equal(folder.run('-p', folder.path, '-s', 'stop').code, 0)
  await until(() => folder.read('x.pid') === '')
})

test('a daemon that cannot start says why at the terminal, with code 1', () => {
  folder.write('nginx.conf', `${EMPTY}pid missing/x.pid; error_log error.log;`)
  const { code, err } = folder.run('-p', folder.path)
  assert.equal(code, 1)
  assert.match(err, /^evenkeel: \[emerg\] open\(\) ".*missing\/x\.pid" failed \(2: No such file or directory\)\n$/)
})

test('an unknown command names the one that was probably meant', () => {
  const { code, err } = folder.run('dmeo')
  assert.deepEqual([code, err], [1, 'evenkeel: invalid option: "dmeo"; did you mean "evenkeel demo"?\n'])
})

test('the wrapper runs through links, from any folder', () => {
  symlinkSync(wrapper, join(folder.path, 'one'))
  symlinkSync('one', join(folder.path, 'two'))
  const { status, stderr } = spawnSync('./two', ['-v'], { cwd: folder.path, encoding: 'utf8' })
  assert.equal(status, 0)
  assert.match(stderr, /evenkeel version/)
})
