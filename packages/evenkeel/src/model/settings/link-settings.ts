/** Settings about where a request comes from: pages that link here, links that were given out, browsers known again. */
import type { ServerName } from '../model.ts'
import type { Pattern } from '../pattern.ts'
import type { Template } from '../template.ts'

export interface LinkSettings {
  /** Hash and perhaps, behind a comma, the time until which it holds. */
  secureLink: Template | null
  /** What the hash is of. */
  secureLinkMd5: Template | null
  /** The older form, with the hash in the path. */
  secureLinkSecret: string | null
  validReferers: ReferersModel | null
}

export interface ReferersModel {
  /** A request without the field will do. */
  readonly none: boolean
  /** A field without a scheme will do. */
  readonly blocked: boolean
  /** Lower-case host masks as of server_name, and what the path has to begin with. */
  readonly names: readonly { readonly host: string; readonly path: string }[]
  /** Of what stands behind the scheme. */
  readonly patterns: readonly Pattern[]
  /** Those of the server it stands in. */
  readonly serverNames: readonly ServerName[]
}

export const linkDefaults: LinkSettings = {
  secureLink: null,
  secureLinkMd5: null,
  secureLinkSecret: null,
  validReferers: null,
}
