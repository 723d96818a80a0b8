/** Settings of everything that asks inside on behalf of a request: auth_request, mirror, additions, post_action, SSI. */
import type { Template } from '../template.ts'

export interface SubrequestSettings {
  /** Path asked whether a request may pass; null: nobody is asked. */
  authRequest: string | null
  /** Variables set from the answer. */
  authRequestSet: readonly { readonly variable: string; readonly value: Template }[]
  /** Paths or named locations that get a copy of each request. */
  mirror: readonly string[]
  mirrorRequestBody: boolean
  addBeforeBody: string | null
  addAfterBody: string | null
  additionTypes: readonly string[]
  /** Path or named location asked after each response; null: none. */
  postAction: string | null
  /** Bytes of a subrequest's response that are kept as a variable's value. */
  subrequestOutputBufferSize: number
  /** Bytes that a response is asked for at a time; 0: all at once. */
  slice: number
  ssi: boolean
  ssiTypes: readonly string[]
  ssiSilentErrors: boolean
  ssiLastModified: boolean
  /** Longest value of a parameter, in bytes. */
  ssiValueLength: number
}

export const subrequestDefaults: SubrequestSettings = {
  authRequest: null,
  authRequestSet: [],
  mirror: [],
  mirrorRequestBody: true,
  addBeforeBody: null,
  addAfterBody: null,
  additionTypes: ['text/html'],
  postAction: null,
  subrequestOutputBufferSize: 4096,
  slice: 0,
  ssi: false,
  ssiTypes: ['text/html'],
  ssiSilentErrors: false,
  ssiLastModified: false,
  ssiValueLength: 256,
}
