/** What changes the text of answers on their way (sub_filter, charset), and how folders and their files are shown. */
import type { LocationMatch } from '../model.ts'
import type { Template } from '../template.ts'

export interface BodySettings {
  // sub_filter
  subFilter: readonly { readonly find: Template; readonly replacement: Template }[]
  subFilterOnce: boolean
  subFilterTypes: readonly string[]
  subFilterLastModified: boolean

  // charset; null: off
  charset: Template | null
  sourceCharset: Template | null
  overrideCharset: boolean
  charsetTypes: readonly string[]

  // files
  autoindexFormat: 'html' | 'xml' | 'json' | 'jsonp'
  autoindexExactSize: boolean
  autoindexLocaltime: boolean
  disableSymlinks: DisableSymlinks
  randomIndex: boolean
  /** The location whose `alias` this is; made by `resolve`. null: that of the location itself. */
  aliasOf: LocationMatch | null
}

/** `from`: the start of a path that may hold links all the same; null: none of it may. */
export interface DisableSymlinks {
  readonly mode: 'off' | 'on' | 'if_not_owner'
  readonly from: Template | null
}

/** `charset_map a b { … }`: bytes of `a` and what they are in `b`; where `b` is utf-8, several bytes each. */
export interface CharsetMapModel {
  readonly from: string
  readonly to: string
  readonly pairs: readonly { readonly byte: number; readonly bytes: readonly number[] }[]
}

export const bodyDefaults: BodySettings = {
  subFilter: [],
  subFilterOnce: true,
  subFilterTypes: ['text/html'],
  subFilterLastModified: false,
  charset: null,
  sourceCharset: null,
  overrideCharset: false,
  charsetTypes: [
    'text/html',
    'text/xml',
    'text/plain',
    'text/vnd.wap.wml',
    'application/javascript',
    'application/rss+xml',
  ],
  autoindexFormat: 'html',
  autoindexExactSize: true,
  autoindexLocaltime: false,
  disableSymlinks: { mode: 'off', from: null },
  randomIndex: false,
  aliasOf: null,
}
