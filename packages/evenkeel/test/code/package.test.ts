/**
 * The package as it is published: built, packed, unpacked into a clean folder, and used there by its name. Another Node may
 * be named in EVENKEEL_OTHER_NODE (scripts/test-node-24 does), to run the same on it.
 */
import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { until } from '../scenario/wait.ts'

const root = resolve(import.meta.dirname, '../../../..')
const bin = join(root, 'node_modules/.bin')
const other = process.env['EVENKEEL_OTHER_NODE']
const nodes = [process.execPath, ...(other === undefined ? [] : [other])]
const folder = mkdtempSync(join(tmpdir(), 'evenkeel-package-'))
const installed = join(folder, 'node_modules/evenkeel')

before(() => {
  const source = join(folder, 'source')
  mkdirSync(source)
  for (const name of ['package.json', 'README.md', 'LICENSE'])
    cpSync(join(root, 'packages/evenkeel', name), join(source, name))
  const build = ['-p', join(root, 'packages/evenkeel/tsconfig.build.json'), '--outDir', join(source, 'dist')]
  execFileSync(process.execPath, [join(bin, 'tsc'), ...build])
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], { cwd: source })
  mkdirSync(installed, { recursive: true })
  execFileSync('tar', ['xzf', join(folder, 'evenkeel-0.1.0.tgz'), '-C', installed, '--strip-components=1'])
})
after(() => rmSync(folder, { recursive: true, force: true }))

test('it has what it needs, and nothing of tests', () => {
  for (const name of ['README.md', 'LICENSE', 'dist/index.d.ts', 'dist/worker/worker.js'])
    assert.ok(existsSync(join(installed, name)), name)
  assert.ok(!existsSync(join(installed, 'dist/compat/web.test.js')))
  const described = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Record<string, unknown>
  assert.equal(described['dependencies'], undefined)
})

test('a program in TypeScript finds its types under nodenext', () => {
  writeFileSync(join(folder, 'use.mts'), program)
  const settings = { module: 'nodenext', target: 'esnext', strict: true, noEmit: true, types: ['node'] }
  const options = {
    compilerOptions: { ...settings, typeRoots: [join(root, 'node_modules/@types')] },
    files: ['use.mts'],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(options))
  const { status, stdout } = spawnSync(process.execPath, [join(bin, 'tsc'), '-p', folder], { encoding: 'utf8' })
  assert.deepEqual([status, stdout], [0, ''])
})

for (const node of nodes) {
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()
  const run = (...list: string[]): ReturnType<typeof spawnSync> =>
    spawnSync(node, list, { cwd: folder, encoding: 'utf8', timeout: 60_000 })

  test(`${version}: a program balances inside itself, and ends`, () => {
    const { status, stdout, stderr } = run('use.mts')
    assert.deepEqual([status, stdout, stderr], [0, 'from the origin\nfrom the proxy\n', ''])
  })

  test(`${version}: the command tells its version, checks a typed configuration, and answers`, async () => {
    const command = join(installed, 'dist/cli/main.js')
    assert.match(String(run(command, '-V').stderr), /^evenkeel version: evenkeel\/0\.1\.0\nnginx version: nginx\//)
    writeFileSync(join(folder, 'evenkeel.config.ts'), typed)
    const checked = run(command, '-t', '-c', 'evenkeel.config.ts')
    assert.equal(checked.status, 0, String(checked.stderr))
    const child = spawn(node, [command, '-c', 'evenkeel.config.ts'], { cwd: folder, stdio: 'ignore' })
    try {
      const text = await until(
        () => 'its answer',
        () => asked(join(folder, 'socket')),
        60_000,
      )
      assert.equal(text, 'typed')
    } finally {
      child.kill('SIGTERM')
      await new Promise(done => child.once('exit', done))
    }
  })
}

function asked(socketPath: string): Promise<string | undefined> {
  return new Promise(done => {
    request({ socketPath }, answer => answer.setEncoding('utf8').on('data', done))
      .on('error', () => done(undefined))
      .end()
  })
}

const typed = `import { defineConfig } from 'evenkeel'
export default defineConfig({
  daemon: false,
  servers: [{ listen: 'unix:${folder}/socket', return: [200, 'typed'] }],
})
`

const program = `import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { defineConfig, start } from 'evenkeel'
import { createProxyServer } from 'evenkeel/http-proxy'

const origin = createServer((_, answer) => void answer.end('from the origin'))
await new Promise<void>(done => origin.listen(0, '127.0.0.1', done))
const { port } = origin.address() as AddressInfo
const config = defineConfig({
  upstreams: { web: { servers: [\`127.0.0.1:\${port}\`] } },
  servers: [{ listen: '127.0.0.1:0', locations: { '/': { proxyPass: 'web' } } }],
})
{
  await using balancer = await start(config)
  const [first] = balancer.listeners
  console.log(await (await fetch(first!.url)).text())
}
const proxy = createProxyServer({ target: { host: '127.0.0.1', port } })
proxy.on('proxyRes', (_answer, _asked, response) => void response.end('from the proxy'))
const front = createServer((asked, answer) => proxy.web(asked, answer, { selfHandleResponse: true }))
await new Promise<void>(done => front.listen(0, '127.0.0.1', done))
console.log(await (await fetch(\`http://127.0.0.1:\${(front.address() as AddressInfo).port}\`)).text())
for (const server of [front, origin]) {
  server.close()
  server.closeAllConnections()
}
`
