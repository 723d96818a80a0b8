/**
 * Model in, Runtime out: everything a generation of the configuration needs to serve, compiled once.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import type { Ask } from '../../exchange/questions.ts'
import type { Passwords } from '../../filter/access/auth-basic.ts'
import type { StubCounts } from '../../filter/pages/stub-status.ts'
import type { HttpModel } from '../../model/model.ts'
import { resolveServers } from '../../model/resolve.ts'
import type { TlsMaterial } from '../../model/settings/tls-settings.ts'
import type { Ports } from '../../proxy/ports.ts'
import type { PassTo } from '../../proxy/stream/stream-listener.ts'
import type { Strain } from '../../proxy/strain.ts'
import type { VariablePorts } from '../../route/ports.ts'
import { declareVariables } from '../../route/variables/variable-table.ts'
import type { ClockCell } from '../../shared/clock.ts'
import type { PeerCounters } from '../../shared/peer-counters.ts'
import type { StoryRing } from '../../shared/story-ring.ts'
import type { Rows } from '../../shared/rows.ts'
import type { AcmeChallenges } from '../acme-challenges.ts'
import { groupByAddress } from './address-groups.ts'
import { noCode, type CodeUnits } from '../code/code-units.ts'
import { codeVariable } from '../code/code-variable.ts'
import { compileSticky } from './compile-sticky.ts'
import { compileStream } from './compile-stream.ts'
import { openTallies } from './tallies.ts'
import { Compiler } from './compiler.ts'
import type { Logs } from '../logs.ts'
import type { Configuration } from '../messages.ts'
import { Resolvers } from '../resolvers.ts'
import { Runtime, type ListenerLife } from '../runtime.ts'
import type { SpanBatches } from '../span-batches.ts'
import { openStatusZones } from './status-zones.ts'
import { Upstreams } from '../upstreams.ts'
import type { Watch } from '../watch.ts'
import { WorkerZones } from '../zones.ts'

/** What a runtime is compiled onto: the worker's own things, the same for every generation. */
export interface Ground {
  readonly ports: Ports
  readonly variables: VariablePorts
  readonly rows: Rows
  readonly clock: ClockCell
  readonly logs: Logs
  readonly prefix: string
  /** Folder of the configuration, with a slash: what certificates are relative to. */
  readonly confPrefix: string
  readonly passwords: Passwords
  readonly version: string
  readonly ask: Ask
  readonly peerCounters: PeerCounters
  readonly strain: Strain
  /** Where spans of requests go. */
  readonly spans: Pick<SpanBatches, 'offer'>
  /** Left out: nothing is proved over ACME. */
  readonly challenges?: AcmeChallenges
  /** Where explained requests are written down; null: nowhere. */
  stories(): StoryRing | null
  /** Left out: nobody watches. */
  readonly watch?: Watch
  /** Hears of every exchange that has failed; left out: nobody does. */
  readonly failed?: (exchange: Exchange) => void
  counts(): StubCounts
}

export function compileRuntime(
  configuration: Configuration,
  ground: Ground,
  passTo: PassTo,
  code: CodeUnits = noCode,
): Runtime {
  const { generation, model, plans, zones, tls, statusZones = new Map(), faults = new Map(), peerPages } = configuration
  const tallies = openTallies(configuration.tallies ?? new Map(), ground.rows.column)
  if (peerPages !== undefined) ground.peerCounters.learn(peerPages)
  const http = model.http ?? emptyHttp
  const table = declareVariables(http, ground.variables)
  for (const { variable, code: ref } of http.codeVariables ?? [])
    table.declareMade(variable, codeVariable(variable, code(ref), table))
  const resolvers = new Resolvers(error => ground.logs.bug(error))
  const shared = new WorkerZones(model.zones ?? [], zones, ground.rows.column + 1)
  const upstreams = new Upstreams(
    http,
    plans,
    table,
    ground.rows,
    ground.clock,
    ground.ports.wheel,
    ({ sticky }) => compileSticky(sticky, table, shared, () => ground.ports.wheel.now),
    undefined,
    code,
  )
  const counted = openStatusZones(statusZones, ground.rows.column)
  const compiler = new Compiler(
    http,
    table,
    upstreams,
    resolvers,
    shared,
    counted,
    ground,
    tls ?? noMaterial,
    code,
    faults,
    tallies,
  )
  const listeners = new Map<string, ListenerLife>()
  for (const [key, group] of groupByAddress(resolveServers(http))) {
    listeners.set(key, compiler.listener(group))
  }
  const stream =
    model.stream === undefined
      ? null
      : compileStream(model.stream, plans, shared, ground, passTo, tls ?? noMaterial, counted, code)
  return new Runtime(generation, listeners, upstreams, [compiler, ...(stream === null ? [] : [stream])], stream)
}

const noMaterial: TlsMaterial = { files: {}, ticketKeys: new Uint8Array(48) }

const emptyHttp: HttpModel = { settings: {}, upstreams: [], servers: [], maps: [], logFormats: [] }
