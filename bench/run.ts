/**
 * `npm run bench`: every peer that is installed, in turns, on one core; the load and the origins on another.
 *
 * A machine is noisy, so what counts is CPU time a proxied request, as a ratio within one run, and peers take turns
 * (A B C A B C …) so that what disturbs one round disturbs all of them.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { chartOf } from './chart.ts'
import { type Figures, measure, type Running, warmUp } from './measure.ts'
import { type Options, readOptions } from './options.ts'
import { type Origins, startOrigins } from './origins.ts'
import { allPeers } from './peers/all.ts'
import { find, type Peer } from './peers/peer.ts'
import { policyTable } from './policies.ts'
import { freePorts } from './ports.ts'
import { startPinned } from './processes.ts'
import { firstAnswer } from './ready.ts'
import { type Samples, tableOf } from './table.ts'
import { type Workload, workloads } from './workloads.ts'

const options = readOptions(process.argv.slice(2))
/** Not about processes, and so no workload of theirs. */
const POLICIES = 'policies'
if (options.workloads.length === 0 || options.workloads.includes(POLICIES)) console.log(policyTable())
if (options.workloads.length === 1 && options.workloads[0] === POLICIES) process.exit(0)
requirePrograms()
installNodeProxies()

const peers = allPeers(options)
for (const peer of peers)
  console.log(`${peer.name.padEnd(20)} ${peer.missing === undefined ? version(peer) : `left out: ${peer.missing}`}`)

const machine = `${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, ${process.platform}, ${options.rounds} rounds of ${options.seconds} s, ${new Date().toISOString().slice(0, 10)}`
console.log(`\n${machine}; proxy on core ${options.proxyCore}, load and origins on core ${options.loadCore}`)
if (options.proxyCore === options.loadCore) console.log('only one core: compare CPU time, never requests a second')

const folder = `${mkdtempSync(join(tmpdir(), 'evenkeel-bench-'))}/`
const plainTitle = workloads.find(workload => workload.name === 'plain')?.title ?? ''
const results = new Map<string, Samples>()
try {
  const origins = await startOrigins(`${folder}origins/`, await freePorts(3), options.loadCore)
  try {
    for (const workload of chosen(options)) {
      const samples = await compare(workload, origins)
      if (samples.size === 0) continue
      results.set(workload.title, samples)
      console.log(
        `\n${tableOf(`${workload.name}: ${workload.title}`, samples, referenceAmong(samples), workload.againstPlain === true ? results.get(plainTitle) : undefined)}`,
      )
    }
  } finally {
    await origins.stop()
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
writeResults()

/** All peers of one workload run at once, idle but for the one whose turn it is. */
async function compare(workload: Workload, origins: Origins): Promise<Samples> {
  const running = new Map<string, Running>()
  const samples = new Map<string, Figures[]>()
  try {
    for (const peer of peers.filter(one => takesPart(one, workload))) {
      const one = await attempt(peer, () => start(peer, workload, origins))
      if (one !== undefined) running.set(peer.name, one)
    }
    for (const one of running.values()) await warmUp(workload, one, options)
    for (let round = 0; round < options.rounds; round++) {
      for (const peer of peers) {
        const one = running.get(peer.name)
        const figures = one && (await attempt(peer, () => measure(workload, one, options.seconds, options)))
        if (figures !== undefined) samples.set(peer.name, [...(samples.get(peer.name) ?? []), figures])
      }
    }
  } finally {
    await Promise.all([...running.values()].map(one => one.started.stop()))
  }
  return samples
}

async function start(peer: Peer, workload: Workload, origins: Origins): Promise<Running> {
  const [port = 0] = await freePorts(1)
  const own = `${folder}${workload.name}-${peer.name.replaceAll('/', '-')}/`
  for (const name of ['', 'logs', 'temp']) mkdirSync(own + name, { recursive: true })
  const { shape, workers } = workload
  const launch = peer.launch({ shape, port, origins: origins.ports, workers, folder: own })
  for (const [name, content] of Object.entries(launch.files)) writeFileSync(own + name, content)
  const started = startPinned(launch.command, options.proxyCore, own)
  try {
    await firstAnswer(started, port, workload.path, workload.host)
  } catch (error) {
    await started.stop()
    throw error
  }
  return { started, port, command: launch.command, folder: own }
}

/** A peer that fails is left out and named; the others are measured all the same. */
async function attempt<T>(peer: Peer, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    console.log(`${peer.name}: left out: ${(error as Error).message.slice(0, 300)}`)
    return undefined
  }
}

function takesPart(peer: Peer, workload: Workload): boolean {
  if (peer.missing !== undefined || !peer.shapes.includes(workload.shape)) return false
  if (workload.nginxOnly === true) return peer.kind === 'nginx'
  return !(workload.notNode === true && peer.kind === 'node')
}

function chosen({ workloads: names }: Options): readonly Workload[] {
  const known = [...workloads.map(({ name }) => name), POLICIES]
  const unknown = names.find(name => !known.includes(name))
  if (unknown !== undefined) throw new Error(`--workload: no "${unknown}"; there are ${known.join(', ')}`)
  return names.length === 0 ? workloads : workloads.filter(workload => names.includes(workload.name))
}

function referenceAmong(samples: Samples): string | undefined {
  return [options.reference, 'nginx', ...samples.keys()].find(name => name !== undefined && samples.has(name))
}

function requirePrograms(): void {
  const missing = ['taskset', 'wrk', 'h2load', 'nginx'].filter(program => find(program) === undefined)
  if (missing.length === 0) return
  console.error(
    `missing: ${missing.join(', ')}. On Debian: apt-get install util-linux wrk nghttp2-client nginx haproxy caddy`,
  )
  process.exit(1)
}

/** The Node proxies are no dependency of the checkout: they come when they are first compared with. */
function installNodeProxies(): void {
  if (options.quick || options.only.length > 0 || existsSync(join(import.meta.dirname, 'node_modules'))) return
  try {
    execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--silent'], { cwd: import.meta.dirname, stdio: 'inherit' })
  } catch {
    console.log('the Node proxies could not be installed, and are left out')
  }
}

function version(peer: Peer): string {
  const [program = '', ...argv] = peer.versionCommand
  try {
    // nginx says it on stderr.
    const text = execFileSync('sh', ['-c', '"$@" 2>&1', 'sh', program, ...argv], { encoding: 'utf8' })
    return text.trim().split('\n')[0] ?? ''
  } catch {
    return 'version unknown'
  }
}

function writeResults(): void {
  const target = join(import.meta.dirname, 'results', new Date().toISOString().slice(0, 19).replaceAll(':', '-'))
  mkdirSync(dirname(target), { recursive: true })
  const versions = Object.fromEntries(
    peers.filter(peer => peer.missing === undefined).map(peer => [peer.name, version(peer)]),
  )
  const plain = Object.fromEntries([...results].map(([title, samples]) => [title, Object.fromEntries(samples)]))
  writeFileSync(`${target}.json`, `${JSON.stringify({ machine, versions, results: plain }, undefined, 2)}\n`)
  writeFileSync(`${target}.svg`, chartOf(results, machine))
  console.log(`written: ${target}.json and .svg`)
}
