/** The thread in which modules of a configuration are tried out: what they export, and all texts they are made of. */
import { registerHooks, stripTypeScriptTypes } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import type { CodeReading, WantedCode } from './code-reading.ts'

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
const self = new URL(`../../index.${extension}`, import.meta.url).href
const own = new URL('.', self).href
const files: Record<string, string> = {}

// The stripping of types is still called an experiment, on stderr, each time.
process.removeAllListeners('warning')

registerHooks({
  resolve: (specifier, parent, next) =>
    specifier === 'evenkeel' ? { url: self, shortCircuit: true } : next(specifier, parent),
  load: (url, about, next) => {
    const loaded = next(url, about)
    const mine = url.startsWith('file:') && !url.includes('/node_modules/') && !url.startsWith(own)
    if (mine && loaded.source != null && loaded.format?.startsWith('module') === true) {
      const { source, format } = loaded
      const text = typeof source === 'string' ? source : new TextDecoder().decode(source)
      // Once, here: each worker would need longer for it than for all else together.
      files[url] = format === 'module-typescript' ? stripTypeScriptTypes(text) : text
    }
    return loaded
  },
})

const problems: (string | null)[] = []
for (const wanted of workerData as readonly WantedCode[]) problems.push(await tryOut(wanted))
parentPort!.postMessage({ problems, files } satisfies CodeReading)

async function tryOut({ url, name }: WantedCode): Promise<string | null> {
  try {
    const module = (await import(url)) as Record<string, unknown>
    if (typeof module[name] === 'function') return null
    const what = name === 'default' ? 'default export' : `export "${name}"`
    return module[name] === undefined ? `has no ${what}` : `has a ${what} that is no function`
  } catch (error) {
    return `could not be loaded: ${error instanceof Error ? error.message : String(error)}`
  }
}
