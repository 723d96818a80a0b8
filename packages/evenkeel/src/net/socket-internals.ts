/**
 * The internals of node:net that the fast channel stands on, found and tested once.
 *
 * They are undocumented, so each one is looked at before it is used: another runtime, a later Node or
 * `--throw-deprecation` must lead to the portable channel, never to a crash.
 */
import type { Socket } from 'node:net'

/** One write under way. A wrap that went out asynchronously must never be used again: the process aborts. */
export interface WriteWrap {
  /** Called with the wrap as `this`, exactly once for a write that went asynchronous, also after the handle is closed. */
  oncomplete: ((this: WriteWrap, status: number) => void) | null
  handle?: unknown
  /** Whose write it is; ours. */
  channel: unknown
  /** The read buffer it points into; ours. */
  pinned: unknown
  /** Keeps the memory alive that libuv points into; ours. */
  retained: unknown
}

export interface StreamHandle {
  reading: boolean
  /** Called for every read with the byte count in `state`; what it answers becomes the next read buffer. */
  onread: (this: StreamHandle, bytes: unknown) => unknown
  readonly fd: number
  reset?: unknown
  readStart(): number
  readStop(): number
  useUserBuffer(buffer: Uint8Array): void
  writeBuffer(wrap: WriteWrap, data: Uint8Array): number
  writeLatin1String(wrap: WriteWrap, data: string): number
}

export interface SocketInternals {
  readonly makeWrap: () => WriteWrap
  /** What the last read or write reported, at the two indices below. */
  readonly state: Int32Array
  readonly readCount: number
  readonly wentAsync: number
}

/** Null: this runtime lacks something, or EVENKEEL_PORTABLE_CHANNEL=1 says not to. */
export function findSocketInternals(): SocketInternals | null {
  if (process.env['EVENKEEL_PORTABLE_CHANNEL'] === '1') return null
  try {
    return testedInternals()
  } catch {
    return null
  }
}

/** The handle under a socket; undefined once it is destroyed. */
export function handleOf(socket: Socket): StreamHandle | undefined {
  return (socket as unknown as { ['_handle']?: StreamHandle | null })['_handle'] ?? undefined
}

const methods = ['readStart', 'readStop', 'useUserBuffer', 'writeBuffer', 'writeLatin1String']

function testedInternals(): SocketInternals | null {
  const binding = (process as unknown as { binding(name: string): Record<string, any> }).binding
  const wraps = binding('stream_wrap')
  const WriteWrap = wraps['WriteWrap']
  const state = wraps['streamBaseState']
  const readCount = wraps['kReadBytesOrError']
  const wentAsync = wraps['kLastWriteWasAsync']
  if (typeof WriteWrap !== 'function' || !(state instanceof Int32Array)) return null
  if (!Number.isInteger(readCount) || !Number.isInteger(wentAsync)) return null
  for (const Handle of [binding('tcp_wrap')['TCP'], binding('pipe_wrap')['Pipe']]) {
    if (typeof Handle !== 'function' || !('onread' in Handle.prototype)) return null
    for (const name of methods) if (typeof Handle.prototype[name] !== 'function') return null
  }
  const makeWrap = (): WriteWrap => {
    const wrap = new WriteWrap() as WriteWrap
    wrap.channel = null
    wrap.pinned = null
    wrap.retained = null
    return wrap
  }
  makeWrap()
  return { makeWrap, state, readCount, wentAsync }
}
