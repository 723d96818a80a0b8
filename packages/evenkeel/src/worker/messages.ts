/**
 * What the main thread and a worker say to each other. Only data crosses: a Model, plans of upstreams, numbers.
 */
import type { Server } from 'node:net'
import type { Answer, Question } from '../exchange/questions.ts'
import type { ListenAddress, Model, UpstreamModel } from '../model/model.ts'
import type { UpstreamPlan } from '../model/plan.ts'
import type { TlsMaterial } from '../model/settings/tls-settings.ts'
import type { SpanBatch } from './span-batches.ts'
import type { OldRuntime } from './retirement.ts'

/** Given to a worker at birth, as workerData. */
export interface WorkerBirth {
  /** From 0; also its column in the shared rows. */
  readonly index: number
  readonly workers: number
  readonly prefix: string
  /** Folder of the main configuration file: what certificates and included files are relative to. */
  readonly confPrefix: string
  /** Shared rows of peers and groups (shared/rows.ts). */
  readonly rows: SharedArrayBuffer
  /** Shared counters of the whole process (shared/totals.ts). */
  readonly totals: SharedArrayBuffer
  /** What tells the main thread that this worker is not stuck (shared/beats.ts). */
  readonly beats: SharedArrayBuffer
  /** The one cell of whole seconds that main ticks. */
  readonly clock: SharedArrayBuffer
  /** What proves to issuers of certificates whose names are ours (worker/acme-challenges.ts). */
  readonly challenges: SharedArrayBuffer
  /** Process number shown in logs. */
  readonly pid: number
  /** What Server fields and error pages say behind `evenkeel/`. */
  readonly version: string
}

/** A model made ready for workers. `generation` counts configurations from 1. */
export interface Configuration {
  readonly generation: number
  readonly model: Model
  readonly plans: readonly UpstreamPlan[]
  /** Shared memory of the model's zones, by zoneKey (model/zone.ts). */
  readonly zones: ReadonlyMap<string, SharedArrayBuffer>
  /** Counters of the status zones, by statusZoneKey (model/status-zones.ts). */
  readonly statusZones?: ReadonlyMap<string, SharedArrayBuffer>
  /** Counters of limits and caches, by tallyKey (model/tallies.ts). */
  readonly tallies?: ReadonlyMap<string, SharedArrayBuffer>
  /** What the API makes of faults, by name (control/api/fault-shares.ts). */
  readonly faults?: ReadonlyMap<string, SharedArrayBuffer>
  /** Room for explained requests (shared/story-ring.ts), where a location asks for it. */
  readonly stories?: SharedArrayBuffer
  /** Counters of the user's code, by codeLabel (model/code.ts). */
  readonly codeCounters?: ReadonlyMap<string, SharedArrayBuffer>
  /** Counters of the peers in `plans`, by page (shared/peer-counters.ts). */
  readonly peerPages?: ReadonlyMap<number, SharedArrayBuffer>
  /** Certificates and the like, where something speaks TLS. */
  readonly tls?: TlsMaterial
}

/** A listening socket moved to this worker rather than opened by it (privileged ports, Unix sockets, a dead worker's). */
export interface MovedListener {
  readonly address: ListenAddress
  readonly server: Server
}

export type ToWorker =
  | { readonly kind: 'configure'; readonly configuration: Configuration }
  /** The peers of one upstream changed (a name resolved anew, the API). */
  | {
      readonly kind: 'replan'
      readonly plan: UpstreamPlan
      /** The upstream as it is now; left out: its servers are those it had. */
      readonly model?: UpstreamModel
      readonly peerPages?: ReadonlyMap<number, SharedArrayBuffer>
    }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: Answer }
  /** Files of TLS changed on disk, or it is time for new ticket keys. */
  | { readonly kind: 'recertify'; readonly tls: TlsMaterial }
  /** Take this listening socket over; of an address that the worker does not listen on, for its next configuration. */
  | { readonly kind: 'adopt'; readonly listener: MovedListener }
  /** Give a listening socket of that address away, a `spare` one only if there is one besides its own: answered by `released`. */
  | { readonly kind: 'release'; readonly address: ListenAddress; readonly spare: boolean }
  /** Spans were exported, or given up. */
  | { readonly kind: 'spans_settled' }
  | { readonly kind: 'reopen' }
  /**
   * Take nothing new, finish the rest, then answer `drained`. Idle connections are closed after `idleMs`: until then a
   * request may still come on them, and its answer says that it was the last.
   */
  | { readonly kind: 'drain'; readonly timeoutMs: number; readonly idleMs: number }
  /** Drop everything. */
  | { readonly kind: 'stop' }
  /** Flush logs and answer `memory`, after a forced collection where the process allows one. */
  | { readonly kind: 'measure' }

export type FromWorker =
  /** The generation is live: listeners open, new connections served by it. */
  | { readonly kind: 'live'; readonly generation: number }
  /** It could not be made live; the one before stays. */
  | { readonly kind: 'refused'; readonly generation: number; readonly problems: readonly string[] }
  /** The last connection of an older generation has ended (nginx: the old worker exits). */
  | { readonly kind: 'retired'; readonly generation: number }
  /** null: there was none to give. */
  | { readonly kind: 'released'; readonly listener: MovedListener | null }
  /** Of a client: answered by `answer`. */
  | { readonly kind: 'ask'; readonly id: number; readonly question: Question }
  /** What keeps older generations alive here: told each second while there are any, and once when there are none. */
  | { readonly kind: 'retiring'; readonly runtimes: readonly OldRuntime[] }
  /** To be exported: answered by `spans_settled`. */
  | { readonly kind: 'spans'; readonly batch: SpanBatch }
  | { readonly kind: 'drained' }
  | { readonly kind: 'memory'; readonly heapUsed: number; readonly external: number; readonly connections: number }

export type { Answer, Question }
