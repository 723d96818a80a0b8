/** `evenkeel simulate` as it is used: by hand, and by a check that fails when a bound is broken. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { writeFileSync } from 'node:fs'
import { Folder } from '../cli/command.ts'

const folder = new Folder()
after(() => folder.remove())

const second = (at: number): string => `10/Oct/2026:13:55:${String(at % 60).padStart(2, '0')} +0000`
const log = Array.from(
  { length: 600 },
  (_, at) => `10.0.0.${at % 9} - - [${second(Math.floor(at / 10))}] "GET / HTTP/1.1" 200 9 "-" "curl" 0.050\n`,
).join('')

test('a table, a picture and a page, the same each time', () => {
  const wish = ['--load', '0.6', '--servers', 'speed=1 x3, speed=0.25', '--policies', 'round_robin,least_conn']
  const { code, out } = folder.run('simulate', ...wish, '--svg', 'a.svg', '--html', 'a.html')
  assert.equal(code, 0)
  assert.match(out, /^195 requests a second for 60 s, each 10 ms on average: 60 % of what the servers can do\n/)
  assert.match(out, /^policy +p50 +p90 +p99 +longest +errors +retries +moved +requests of each server$/m)
  assert.match(out, /^round_robin .* 25 25 25 25 %$/m)
  assert.equal(folder.run('simulate', ...wish).out, out)
  const svg = folder.read('a.svg')
  assert.equal(svg.match(/<polyline/g)?.length, 4)
  assert.ok(!/NaN|undefined/.test(svg))
  const page = folder.read('a.html')
  assert.ok(page.includes('<svg') && page.includes('<td>'))
  assert.ok(!/(?:src|href)=/.test(page), 'it needs nothing from elsewhere')
})

test('a bound that is broken ends with 1 and says which way broke it', () => {
  const wish = ['--load', '0.6', '--servers', 'speed=1 x3, speed=0.25', '--policies', 'round_robin,least_conn']
  const slow = folder.run('simulate', ...wish, '--max-p99', '300ms')
  assert.equal(slow.code, 1)
  assert.match(slow.err, /^evenkeel: simulate: round_robin: p99 is \d+ s, more than 300 ms\n$/)
  const failing = folder.run(
    'simulate',
    '--rate',
    '10',
    '--servers',
    '1',
    '--policies',
    'round_robin',
    '--fail',
    'server=1 from=1s to=9s',
    '--max-errors',
    '10',
  )
  assert.match(failing.err, /^evenkeel: simulate: round_robin: \d+ requests fail, more than 10\n$/)
})

test('a log is replayed against an upstream of a configuration, compressed or not', () => {
  folder.write('access.log', log)
  writeFileSync(`${folder.path}/access.log.gz`, gzipSync(log))
  folder.write(
    'nginx.conf',
    'events {} http { upstream app { hash $remote_addr; server 10.0.0.1; server 10.0.0.2; server 10.0.0.3 down; } }',
  )
  const wish = ['-c', 'nginx.conf', '--upstream', 'app', '--json']
  const { code, out, err } = folder.run('simulate', '--log', 'access.log', ...wish)
  assert.equal(code, 0, err)
  const told = JSON.parse(out) as {
    about: string[]
    results: { policy: string; requests: number; moved: number; servers: { requests: number }[] }[]
  }
  assert.equal(told.about[0], '600 requests of 9 clients over 60 s, 1 at a time at most')
  const [result] = told.results
  assert.deepEqual([result?.policy, result?.requests, result?.moved], ['hash', 600, 0])
  assert.equal(result?.servers[2]?.requests, 0)
  assert.deepEqual(JSON.parse(folder.run('simulate', '--log', 'access.log.gz', ...wish).out), told)
})

for (const [wish, told] of [
  [[], 'simulate: give a load: --log FILE, --rate N or --load SHARE'],
  [['--rate', '1', '--policies', 'luck'], '--policies: unknown balancing method "luck"'],
  [['--rate', '1', '--servers', 'sped=1'], '--servers: "sped=1" is not known; there is speed='],
  [['--rate', '1', '--fail', 'server=9'], '--fail: there is no server 9; they are 1 to 3'],
  [['--log', 'nowhere.log'], 'simulate: cannot read nowhere.log: ENOENT'],
] as const) {
  test(`in one line: ${told}`, () => {
    const { code, err } = folder.run('simulate', ...wish)
    assert.equal(code, 1)
    assert.ok(err.startsWith(`evenkeel: ${told}`), err)
  })
}

test('a policy of the user is simulated like any other, by a path or by the configuration, and its mistakes end with 1', () => {
  folder.write(
    'mine.ts',
    `import type { Policy } from 'evenkeel'
const first: Policy = peers => (_, eligible) => { for (let at = 0; at < peers.length; at++) if (eligible(at)) return at; return -1 }
export default first
export const broken: Policy = () => () => { throw new Error('no idea') }`,
  )
  const load = ['--rate', '20', '--servers', '3']
  const mine = folder.run('simulate', ...load, '--policies', 'round_robin,./mine.ts')
  assert.equal(mine.code, 0, mine.err)
  assert.match(mine.out, /^round_robin .* 33 33 33 %$/m)
  assert.match(mine.out, /^\.\/mine\.ts .* 100 0 0 %$/m)
  folder.write(
    'code.conf',
    'events {} http { upstream app { balance ./mine.ts; server 10.0.0.1; server 10.0.0.2; server 10.0.0.3; } }',
  )
  const named = folder.run('simulate', '--rate', '20', '-c', `${folder.path}/code.conf`, '--upstream', 'app')
  assert.match(named.out, /^\.\/mine\.ts#default .* 100 0 0 %$/m, named.err)
  const broken = folder.run('simulate', ...load, '--policies', './mine.ts#broken')
  assert.equal(broken.code, 1)
  assert.match(broken.err, /\.\/mine\.ts#broken failed \d+ times, and others took turns: Error: no idea/)
  const nobody = folder.run('simulate', ...load, '--policies', './nobody.ts')
  assert.match(nobody.err, /--policies: \.\/nobody\.ts could not be loaded: /)
})
