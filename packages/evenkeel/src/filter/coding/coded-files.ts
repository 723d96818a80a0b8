/**
 * gzip_static, brotli_static and zstd_static: files that lie beside the one asked for, coded once instead of for every
 * answer. Which are looked for is told for each request, the best first.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import type { CompressionSettings } from '../../model/settings/compression-settings.ts'
import { qualityOf } from './accept-encoding.ts'
import { compileCodingRules } from './coding-rules.ts'
import type { Compile } from '../compile.ts'

export interface CodedFile {
  readonly suffix: string
  readonly coding: string
  /** The client gets it; else it is only looked for, as its being there makes the answer depend on the client. */
  readonly send: boolean
  readonly vary: boolean
}

/** null: none is ever looked for. An empty list: not for this request. */
export type CodedFiles = (exchange: Exchange) => readonly CodedFile[]

export function compileCodedFiles(settings: CompressionSettings, compile: Compile): CodedFiles | null {
  const { gzipVary } = settings
  const forms = [
    { suffix: '.br', coding: 'br', mode: settings.brotliStatic },
    { suffix: '.zst', coding: 'zstd', mode: settings.zstdStatic },
    { suffix: '.gz', coding: 'gzip', mode: settings.gzipStatic },
  ].filter(form => form.mode !== 'off')
  if (forms.length === 0) return null
  const rules = compileCodingRules(settings, compile)
  return exchange => {
    if (exchange.method !== 'GET' && exchange.method !== 'HEAD') return nothing
    const accepted = exchange.request.fields.get('Accept-Encoding')
    const allowed = accepted !== undefined && rules(exchange, null)
    const wanted = forms
      .map(({ suffix, coding, mode }) => {
        const quality = allowed ? qualityOf(accepted, coding) : 0
        const send = mode === 'always' || quality > 0
        return { suffix, coding, send, vary: gzipVary && mode === 'on', quality }
      })
      .filter(form => form.send || form.vary)
    // Stable: equals stay in our order, and those that are only looked for come last.
    return wanted.sort((a, b) => b.quality - a.quality)
  }
}

const nothing: readonly CodedFile[] = []
