/**
 * Where a worker thread gets the user's modules from: the texts that came with the configuration, so that every worker
 * runs the same code, one that is started later too, whatever stands on disk by then.
 *
 * The version stands in the URL of each module, imported ones included: changed code is another module, and code that
 * did not change is not loaded again. What a thread has loaded it keeps until it ends.
 */
import { registerHooks } from 'node:module'
import type { CodeTexts } from '../../model/code.ts'
import { CODE_VERSION } from './code-units.ts'

export class CodeLoader {
  #texts: CodeTexts | null = null

  constructor() {
    registerHooks({
      resolve: (specifier, parent, next) => {
        if (specifier === 'evenkeel') return { url: self, shortCircuit: true }
        const resolved = next(specifier, parent)
        const version = versionOf(parent.parentURL ?? '')
        if (version === null || versionOf(resolved.url) !== null || !this.#has(version, resolved.url)) return resolved
        return { ...resolved, url: `${resolved.url}?${CODE_VERSION}=${version}` }
      },
      load: (url, about, next) => {
        const version = versionOf(url)
        const source = version === null ? undefined : this.#textOf(version, url.slice(0, url.indexOf('?')))
        return source === undefined ? next(url, about) : { format: 'module', source, shortCircuit: true }
      },
    })
  }

  /** What is loaded from here on. */
  use(texts: CodeTexts | undefined): void {
    this.#texts = texts ?? null
  }

  #has(version: string, url: string): boolean {
    return this.#textOf(version, url) !== undefined
  }

  #textOf(version: string, url: string): string | undefined {
    return this.#texts?.version === version ? this.#texts.files[url] : undefined
  }
}

const self = new URL(`../../index.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url).href

function versionOf(url: string): string | null {
  const at = url.indexOf(`?${CODE_VERSION}=`)
  return at < 0 ? null : url.slice(at + CODE_VERSION.length + 2)
}
