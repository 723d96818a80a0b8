/**
 * The API as the page sees it: where it is, what it tells, whether it may be written to. Every question has a deadline,
 * and each way it can go wrong has a word, since what somebody has to do is different for each.
 */
import { readSnapshot, snapshotPaths } from './read-snapshot.ts'
import type { Peer, Snapshot, Upstream } from './snapshot.ts'

export type Trouble =
  /** Nobody there, or no answer in time. */
  | { readonly kind: 'unreachable'; readonly detail: string }
  /** Something else answers at that path. */
  | { readonly kind: 'missing'; readonly detail: string }
  /** It is there, but not for us. */
  | { readonly kind: 'refused'; readonly detail: string }

export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** What the page knows how to read. */
const NEWEST = 9
const PATIENCE_MS = 8000

export class ApiTrouble extends Error {
  override readonly name = 'ApiTrouble'
  readonly trouble: Trouble

  constructor(trouble: Trouble) {
    super(trouble.detail)
    this.trouble = trouble
  }
}

export class Client {
  readonly #base: string
  readonly #fetch: Fetch
  #root = ''
  #paths: readonly string[] = []

  /** `base` ends with a slash. */
  constructor(base: string, fetch: Fetch) {
    this.#base = base
    this.#fetch = fetch
  }

  /** Throws ApiTrouble. */
  async snapshot(nowMs: () => number): Promise<Snapshot> {
    if (this.#root === '') await this.#find()
    const answers = await Promise.all(this.#paths.map(path => this.#read(`${this.#root}${path}`)))
    const found = this.#paths.map((path, index) => [path, answers[index]] as const)
    // A balancer without stream has no such paths; asking again each time would fill its log.
    this.#paths = found.filter(([, answer]) => answer !== undefined).map(([path]) => path)
    if (!this.#paths.includes('nginx')) {
      this.forget()
      throw new ApiTrouble({ kind: 'missing', detail: 'it tells nothing of the balancer' })
    }
    return readSnapshot(Object.fromEntries(found), nowMs())
  }

  /** Looks for the API anew next time: another one may be there. */
  forget(): void {
    this.#root = ''
  }

  /**
   * Whether servers can be changed: by changing one that cannot be there. The API has no other way to be asked, and
   * refuses methods before it looks for names.
   */
  async mayWrite(): Promise<boolean> {
    const response = await this.#ask(`${this.#root}http/upstreams/-no-upstream-of-this-name-/servers/0`, {
      method: 'PATCH',
      headers: { 'Content-Type': 'application/json' },
      body: '{}',
    })
    return response.status === 404 || response.status === 400
  }

  /** Throws an Error that says why not. */
  async change({ kind, name }: Upstream, { id }: Peer, patch: Readonly<Record<string, unknown>>): Promise<void> {
    const response = await this.#ask(`${this.#root}${kind}/upstreams/${encodeURIComponent(name)}/servers/${id}`, {
      method: 'PATCH',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(patch),
    })
    if (!response.ok) throw new Error(await reasonOf(response))
  }

  async #find(): Promise<void> {
    const versions = await this.#read(this.#base)
    const known = (Array.isArray(versions) ? versions : []).filter(
      (version): version is number => typeof version === 'number' && version <= NEWEST,
    )
    if (known.length === 0) {
      const detail =
        versions === undefined ? 'there is nothing at that path' : 'it offers no version that this page knows'
      throw new ApiTrouble({ kind: 'missing', detail })
    }
    this.#root = `${this.#base}${Math.max(...known)}/`
    this.#paths = snapshotPaths
  }

  /** undefined: not found. */
  async #read(url: string): Promise<unknown> {
    const response = await this.#ask(url, {})
    if (response.status === 404) return undefined
    if (response.status === 401 || response.status === 403) {
      throw new ApiTrouble({ kind: 'refused', detail: await reasonOf(response) })
    }
    if (response.status >= 500) throw new ApiTrouble({ kind: 'unreachable', detail: await reasonOf(response) })
    if (!response.ok) throw new ApiTrouble({ kind: 'missing', detail: await reasonOf(response) })
    try {
      return await response.json()
    } catch {
      throw new ApiTrouble({ kind: 'missing', detail: 'what answers there is not JSON' })
    }
  }

  async #ask(url: string, init: RequestInit): Promise<Response> {
    try {
      return await this.#fetch(url, { ...init, cache: 'no-store', signal: AbortSignal.timeout(PATIENCE_MS) })
    } catch (error) {
      const late = error instanceof Error && error.name === 'TimeoutError'
      const detail = late ? `no answer in ${PATIENCE_MS / 1000} seconds` : 'the connection failed'
      throw new ApiTrouble({ kind: 'unreachable', detail })
    }
  }
}

/** What the API says, else the status. */
async function reasonOf(response: Response): Promise<string> {
  const status = `${response.status} ${response.statusText}`.trim()
  try {
    const answer = (await response.json()) as { readonly error?: { readonly text?: unknown } }
    const text = answer.error?.text
    return typeof text === 'string' && text !== '' ? text : status
  } catch {
    return status
  }
}
