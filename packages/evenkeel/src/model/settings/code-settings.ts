/** Steps and rules written in TypeScript, by location. */
import type { CodeRef } from '../code.ts'

export interface CodeSettings {
  step: readonly StepModel[]
  responseStep: readonly CodeRef[]
  /** null: proxy_next_upstream alone decides. */
  proxyNextUpstreamBy: CodeRef | null
}

export interface StepModel {
  readonly code: CodeRef
  /** How long an asynchronous one may take. */
  readonly timeoutMs: number
  /** What becomes of a request whose step fails: 500, or it goes on as if there were no step. */
  readonly failure: 'error' | 'skip'
}

export const codeDefaults: CodeSettings = { step: [], responseStep: [], proxyNextUpstreamBy: null }
