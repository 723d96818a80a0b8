/**
 * What forwarding asks of the cache that stands before it, for one exchange: a port, so that whoever sends the request
 * knows nothing of keys, files or freshness, and one question is enough at each of the places where a cache has a say.
 */
import type { Failure } from './failure.ts'
import type { ResponseHead } from './head.ts'
import type { Source } from './sink.ts'

/** $upstream_cache_status; '' as long as nothing was looked up. */
export type CacheStatus = '' | 'MISS' | 'BYPASS' | 'EXPIRED' | 'STALE' | 'UPDATING' | 'REVALIDATED' | 'HIT'

export interface CacheUse {
  readonly status: CacheStatus
  readonly key: string
  /** Seconds since the stored response was made; -1: none is used. */
  readonly age: number
  /** Validators of the stored response that the origin is asked about; '' none. */
  readonly lastModified: string
  readonly etag: string
  /** The answer may be stored: it has to be asked for whole, whatever the client's own conditions are. */
  readonly storable: boolean
  /** The method to ask with. */
  readonly method: string

  /** The origin's head came. True: the answer is the cache's; `serve` is to be called when the origin's is done with. */
  takes(head: ResponseHead): boolean
  serve(): void
  /** Something else is answered instead of this response. */
  replaced(head: ResponseHead): void
  /** Before the answer is handed on as `answer`: may put itself in front of exchange.reply. */
  keeps(head: ResponseHead, answer: ResponseHead): void
  /** No answer can be had. True: the cache answers, or nobody is there to be answered. */
  failed(problem: Failure): boolean
  /** Who is told when the client goes away; by itself that would end `source`. */
  guard(source: Source): Source
}
