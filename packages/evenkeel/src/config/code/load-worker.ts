/** The thread in which the module of a typed configuration runs. */
import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'
import { parentPort, workerData } from 'node:worker_threads'
import type { Loaded } from './load.ts'

const self = new URL(`../../index.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url).href
// `evenkeel` is the one that runs, wherever the file lies and whatever is installed beside it.
registerHooks({
  resolve: (specifier, parent, next) =>
    specifier === 'evenkeel' ? { url: self, shortCircuit: true } : next(specifier, parent),
})

const port = parentPort!
port.postMessage(await load(workerData as string))

async function load(path: string): Promise<Loaded> {
  let config: unknown
  try {
    const module = (await import(pathToFileURL(path).href)) as { default?: unknown }
    config = module.default
  } catch (error) {
    return { problem: `could not be loaded: ${error instanceof Error ? error.message : String(error)}` }
  }
  if (config === undefined) {
    return { problem: 'has no default export', remedy: 'write: export default defineConfig({ … })' }
  }
  const unsayable = findFunction(config, '', 0)
  if (unsayable !== null)
    return { problem: `exports a function${unsayable === '' ? '' : ` as "${unsayable}"`}, where data is expected` }
  return { config }
}

/** Only data crosses to the main thread. */
function findFunction(value: unknown, path: string, depth: number): string | null {
  if (typeof value === 'function' || typeof value === 'symbol') return path
  if (typeof value !== 'object' || value === null || depth > 64) return null
  for (const [key, item] of Object.entries(value)) {
    const found = findFunction(item, path === '' ? key : `${path}.${key}`, depth + 1)
    if (found !== null) return found
  }
  return null
}
