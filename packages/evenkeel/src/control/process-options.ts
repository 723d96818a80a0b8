/** What a balancer's process is told when it is started: by the command line, by a program that embeds it, by tests. */
import type { MovedListener, WorkerBirth } from '../worker/messages.ts'
import type { Source } from './loading.ts'
import type { Lookup } from './names/name-asking.ts'
import type { Signals } from './signals.ts'
import type { Carrier } from './workers/worker-thread.ts'

export interface ProcessOptions {
  readonly source: Source
  /** Takes what concerns whoever started it, until it is up. */
  readonly say: (text: string) => void
  /** null: who started it ends it. */
  readonly signals: Signals | null
  /** false: none is written, for a configuration that is nobody's to signal. */
  readonly pidFile?: boolean
  /** Sockets that listen already, for the first worker. */
  readonly bound?: readonly MovedListener[]
  /** What workers run in; a thread each, unless told. */
  readonly carrier?: (birth: WorkerBirth) => Carrier
  /** false: its addresses are names, nothing is bound. Default true. */
  readonly listens?: boolean
  /** Hears of each configuration that was to be made live: what is wrong with it, nothing when it is live. */
  readonly reloaded?: (problems: readonly string[]) => void
  /** For tests. */
  readonly workerUrl?: URL
  readonly lookup?: Lookup
  readonly bindTries?: number
  /** How long a worker may be stuck before it is replaced. Default 10. */
  readonly stallSeconds?: number
}
