/**
 * All health checks of the process, on its main thread: what they find goes into the rows that workers choose by.
 *
 * A check that a reload leaves as it was goes on as if nothing had happened, and what it knows of each peer is kept. A
 * peer is in when every check of it says so: one that fails is enough to keep it out.
 */
import type { LogLevel } from '../model/model.ts'
import type { DialAddress, PeerPlan, UpstreamPlan } from '../model/plan.ts'
import { DownReason, type Rows } from '../shared/rows.ts'
import { checksOf, type Check, type Checkable } from './checks.ts'
import { compileMatch } from './match.ts'
import { GrpcProber } from './probe-grpc.ts'
import { HttpProber } from './probe-http.ts'
import { TcpProber } from './probe-tcp.ts'
import { UdpProber } from './probe-udp.ts'
import type { CheckTls, Clock, DatagramDialer, Dialer, Prober } from './prober.ts'
import { firstStanding, type Health, type Standing } from './thresholds.ts'
import { proxyHeadBytes, proxyLine } from '../wire/proxy-protocol.ts'
import { Watch, type ProbeCounts } from './watch.ts'

export interface MonitorOptions {
  readonly rows: Pick<Rows, 'down' | 'setDown'>
  readonly dial: Dialer
  readonly dialUdp: DatagramDialer
  readonly clock: Clock
  /** From 0 to 1. */
  readonly random: () => number
  readonly log: (level: LogLevel, text: string) => void
  /** Left out: no check speaks TLS. */
  readonly tls?: CheckTls
}

/** Of all checks of a peer together. */
export interface PeerHealth extends Readonly<ProbeCounts> {
  readonly health: Health
}

/** First probes are spread: so many at once, then a pause, so that a thousand of them are no burst of connections. */
const AT_ONCE = 50
const PAUSE_MS = 10

/** A peer as a check finds it. */
interface Checked {
  readonly id: string
  readonly check: Check
  readonly peer: PeerPlan
}

export class Monitor {
  readonly #options: MonitorOptions
  /** By check and peer. */
  readonly #watches = new Map<string, Watch>()
  readonly #byRow = new Map<number, Watch[]>()
  /** Whose each row is in the configuration that is live: who was in use before a reload. */
  #known: ReadonlyMap<number, string> = new Map()
  #closed = false

  constructor(options: MonitorOptions) {
    this.#options = options
  }

  /** Before workers get a configuration: whoever has to be checked first is kept out, so that no request is faster. */
  hold(model: Checkable, plans: readonly UpstreamPlan[]): void {
    for (const one of checkedPeers(model, plans)) {
      if (!this.#watches.has(one.id) && this.#begins(one).health === 'checking') this.#put(one.peer.row, true)
    }
  }

  /** The configuration, or the peers of it, are now these. */
  watch(model: Checkable, plans: readonly UpstreamPlan[]): void {
    if (this.#closed) return
    const gone = new Map(this.#watches)
    const fresh: Watch[] = []
    this.#byRow.clear()
    for (const one of checkedPeers(model, plans)) {
      let watch = this.#watches.get(one.id)
      if (watch === undefined) fresh.push((watch = this.#add(one)))
      gone.delete(one.id)
      const { row } = one.peer
      this.#byRow.set(row, [...(this.#byRow.get(row) ?? []), watch])
    }
    for (const [id, watch] of gone) {
      watch.close()
      this.#watches.delete(id)
    }
    const known = new Map(plans.flatMap(plan => plan.peers.map(peer => [peer.row, nameOf(plan.name, peer)] as const)))
    // Rows outlive the check that wrote them: whom nobody watches any more, nobody would ever let in again.
    for (const row of new Set([...this.#known.keys(), ...known.keys()])) this.#settle(row)
    this.#known = known
    for (const [index, watch] of fresh.entries()) watch.start(Math.floor(index / AT_ONCE) * PAUSE_MS)
  }

  /** What the checks of a peer have found; null: nobody watches it. */
  report(row: number): PeerHealth | null {
    const watches = this.#byRow.get(row) ?? []
    if (watches.length === 0) return null
    const health = watches.map(watch => watch.standing.health)
    const sum = (count: (counts: ProbeCounts) => number): number =>
      watches.reduce((total, { counts }) => total + count(counts), 0)
    const ended = watches.filter(({ counts }) => counts.lastPassed !== null)
    return {
      health: health.includes('unhealthy') ? 'unhealthy' : health.includes('checking') ? 'checking' : 'healthy',
      checks: sum(counts => counts.checks),
      fails: sum(counts => counts.fails),
      unhealthy: sum(counts => counts.unhealthy),
      lastWrong: watches.find(({ counts }) => counts.lastWrong !== null)?.counts.lastWrong ?? null,
      lastPassed: ended.length === 0 ? null : ended.every(({ counts }) => counts.lastPassed === true),
    }
  }

  close(): void {
    this.#closed = true
    for (const watch of this.#watches.values()) watch.close()
    this.#watches.clear()
  }

  #add(one: Checked): Watch {
    const { check, peer, id } = one
    const prober = makeProber(check, peer.addresses, this.#options)
    const settle = (): void => this.#settle(peer.row)
    const watch = new Watch(check, peer.name, this.#begins(one), prober, this.#options, settle)
    this.#watches.set(id, watch)
    return watch
  }

  /** `persistent` is for those that were in use: they need no proof before a probe fails. */
  #begins({ check: { plan, model }, peer }: Checked): Standing {
    const wasIn = this.#known.get(peer.row) === nameOf(plan, peer) && !this.#isOut(peer.row)
    return firstStanding(model.mandatory && !(model.persistent && wasIn))
  }

  #isOut(row: number): boolean {
    return (this.#options.rows.down(row) & DownReason.probe) !== 0
  }

  #settle(row: number): void {
    const watches = this.#byRow.get(row) ?? []
    this.#put(
      row,
      watches.some(watch => watch.standing.health !== 'healthy'),
    )
  }

  /** Only a change is written: each makes all workers look at the upstream anew. */
  #put(row: number, out: boolean): void {
    if (this.#isOut(row) !== out) this.#options.rows.setDown(row, DownReason.probe, out)
  }
}

/** Whoever can be asked at all: a server marked down is nobody's to let in, and one without an address cannot answer. */
function checkedPeers(model: Checkable, plans: readonly UpstreamPlan[]): Checked[] {
  const byName = new Map(plans.map(plan => [plan.name, plan]))
  return checksOf(model).flatMap(check => {
    const peers = byName.get(check.plan)?.peers ?? []
    return peers
      .filter(peer => peer.addresses.length > 0 && check.upstream.servers[peer.server]?.down !== true)
      .map(peer => ({ id: `${check.key} ${peer.name} ${peer.row}`, check, peer }))
  })
}

function nameOf(upstream: string, peer: PeerPlan): string {
  return `${upstream.toLowerCase()} ${peer.name}`
}

function makeProber(check: Check, peerAddresses: readonly DialAddress[], ports: MonitorOptions): Prober {
  const { model, connectTimeoutMs, readTimeoutMs, host } = check
  const { port } = model
  // A socket's path has no port to be asked instead.
  const addresses = peerAddresses.map(address => ('path' in address || port === null ? address : { ...address, port }))
  const tls = check.tls === null || ports.tls === undefined ? null : ports.tls(check.tls, host)
  if (model.type === 'tcp') {
    const preface = prefaceOf(check)
    const match = check.streamMatch
    return new TcpProber({ addresses, connectTimeoutMs, readTimeoutMs, match, tls, preface }, ports)
  }
  if (model.type === 'udp') {
    // Checked before: there is one.
    const match = check.streamMatch ?? { name: '', send: null, expect: null }
    return new UdpProber({ address: addresses[0], timeoutMs: readTimeoutMs, match, preface: prefaceOf(check) }, ports)
  }
  if (model.type === 'grpc') {
    const { service, status } = model.grpc ?? { service: '', status: 0 }
    return new GrpcProber({ addresses, service, status, host, connectTimeoutMs, readTimeoutMs, tls }, ports)
  }
  const match = compileMatch(check.match)
  const { uri, keepaliveTimeMs } = model
  return new HttpProber({ addresses, uri, host, match, connectTimeoutMs, readTimeoutMs, keepaliveTimeMs, tls }, ports)
}

/** A server that expects the PROXY protocol is told that nobody is behind this connection. */
function prefaceOf({ proxyProtocol, model }: Check): Uint8Array | null {
  if (proxyProtocol === 'off') return null
  return proxyProtocol === 'v1'
    ? Buffer.from(proxyLine(NOBODY))
    : proxyHeadBytes(NOBODY, [], model.type === 'udp' ? 'datagrams' : 'stream')
}

const NOBODY = { remoteAddress: '', remotePort: 0, localAddress: '', localPort: 0 }
