/**
 * What code of the user sees of a request, and what it may say: the part of the exchange that is promised to stay.
 *
 * Everything here is text as programs have it (UTF-8), not the bytes that the rest of the proxy works on. An object is
 * good for one call of a step: once the step is over, what it still does to it has no effect.
 */
import type { FailureCode } from './failure.ts'

/** A request on its way in. */
export interface CodeRequest {
  readonly method: string
  /** Decoded, normalised path ($uri). */
  readonly path: string
  /** Query without its `?` ($args). */
  readonly query: string
  /** Lower case, without port ($host). */
  readonly host: string
  /** Numeric ($remote_addr), after realip. */
  readonly remoteAddress: string
  /** It came over TLS. */
  readonly secure: boolean
  /** Aborted when the step has had its time, or the client has left. */
  readonly signal: AbortSignal
  /** The first of that name, in any case. */
  header(name: string): string | undefined
  headers(name: string): string[]
  /** Of any variable, without its `$`; '' where it has no value. */
  variable(name: string): string
}

/** A request in a step. */
export interface StepRequest extends CodeRequest {
  /** As it goes on: to steps behind this one, and to the upstream. Throws for what no header line can hold. */
  setHeader(name: string, value: string): void
  removeHeader(name: string): void
}

/** Undefined: the request goes on. */
export type StepAnswer =
  | {
      /** 200 to 599. */
      readonly status: number
      /** Without one, statuses from 300 have the page of their status. */
      readonly body?: string | Uint8Array
      /** Content-Type. Default `text/plain; charset=utf-8`. */
      readonly type?: string
      readonly headers?: Readonly<Record<string, string>>
    }
  /** A path, or `@name` of a named location: the request goes on there. */
  | { readonly redirect: string }
  | undefined

/** Runs before a request is answered, where access is decided. */
// oxlint-disable-next-line no-invalid-void-type
export type Step = (request: StepRequest) => StepAnswer | void | Promise<StepAnswer | void>

/** The head of a response on its way to the client. */
export interface CodeResponse {
  readonly status: number
  readonly request: CodeRequest
  header(name: string): string | undefined
  headers(name: string): string[]
  setHeader(name: string, value: string): void
  /** Besides those of the same name that there are. */
  addHeader(name: string, value: string): void
  removeHeader(name: string): void
}

/** Runs on the head of each response; it answers at once. */
export type ResponseStep = (response: CodeResponse) => void

/** Makes the value of a variable, once a request. */
export type CodeVariable = (request: CodeRequest) => string

/** An attempt that failed. */
export interface FailedAttempt {
  readonly method: string
  /** '' for an answer that may be passed on: then the status says why. */
  readonly failure: FailureCode | ''
  /** What the server answered; 0: nothing. */
  readonly status: number
  /** Something of the request may have reached the server. */
  readonly sent: boolean
  readonly triesLeft: number
  /** Since the first attempt began. */
  readonly elapsedMs: number
  /** What proxy_next_upstream says. */
  readonly usual: boolean
}

/** Whether it is repeated at the next server; never when the body is gone, or when no tries are left. */
export type RetryRule = (attempt: FailedAttempt) => boolean

/** A function of the user, guarded: its calls, mistakes and times are counted. */
export interface CodeUnit {
  readonly label: string
  readonly code: (...given: never[]) => unknown
  /** Before a call; what it answers is given to `leave`. */
  enter(): number
  leave(entered: number): void
  /** `tell` takes the line that the log gets, once a second at most; left out: the main log. */
  failed(error: unknown, tell?: (text: string) => void): void
  timedOut(ms: number, tell?: (text: string) => void): void
}
