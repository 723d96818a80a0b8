/** Settings about who asks and whether they may: real addresses behind proxies, passwords, tokens. */
import type { Template } from '../template.ts'

export interface AccessSettings {
  /** Networks, addresses and `unix:` whose word about the client's address counts; empty: nobody's. Names until resolved. */
  realIpFrom: readonly string[]
  /** Lower-case name of a field, or `proxy_protocol`. */
  realIpHeader: string
  realIpRecursive: boolean

  /** Realm; 'off': no password is asked for. */
  authBasic: Template | 'off'
  authBasicUserFile: Template | null
  /** How long a 401 of any kind waits before it goes out. Ms, 0: not at all. */
  authDelay: number

  /** `token` is null for the Authorization field; 'off': no token is asked for. */
  authJwt: { readonly realm: Template; readonly token: Template | null } | 'off'
  authJwtKeyFile: readonly Template[]
  authJwtKeyRequest: readonly Template[]
  /** Seconds that clocks may differ by. */
  authJwtLeeway: number
  authJwtRequire: readonly { readonly values: readonly Template[]; readonly status: 401 | 403 }[]
}

export const accessDefaults: AccessSettings = {
  realIpFrom: [],
  realIpHeader: 'x-real-ip',
  realIpRecursive: false,

  authBasic: 'off',
  authBasicUserFile: null,
  authDelay: 0,

  authJwt: 'off',
  authJwtKeyFile: [],
  authJwtKeyRequest: [],
  authJwtLeeway: 0,
  authJwtRequire: [],
}
