/**
 * Runs the module of a typed configuration and fetches what it exports. In a thread of its own: each reload reads its
 * imports anew too and leaves nothing behind, and a module that never ends is given up on.
 */
import { Worker } from 'node:worker_threads'

/** The configuration, or why there is none. */
export type Loaded = { readonly config: unknown } | { readonly problem: string; readonly remedy?: string }

/** How long a module may take. */
const PATIENCE_MS = 20_000

export function loadCode(path: string, patienceMs: number = PATIENCE_MS): Promise<Loaded> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const worker = new Worker(new URL(`./load-worker.${extension}`, import.meta.url), { workerData: path })
  return new Promise(resolve => {
    const timer = setTimeout(
      () => finish({ problem: `did not finish in ${patienceMs / 1000} s`, remedy: 'a configuration is made at once' }),
      patienceMs,
    )
    const finish = (loaded: Loaded): void => {
      clearTimeout(timer)
      // The first one counts: its end follows whatever it said.
      resolve(loaded)
      void worker.terminate()
    }
    worker.once('message', (loaded: Loaded) => finish(loaded))
    worker.once('error', error => finish({ problem: String(error) }))
    worker.once('exit', () => finish({ problem: 'ended the process it ran in' }))
  })
}

export function isCode(path: string): boolean {
  return /\.(?:[cm]?[jt]s|json)$/.test(path)
}

/** The same of JSON, which nobody has to run. `$schema` is its editor's. */
export function loadJson(text: string): Loaded {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''))
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return { config: value }
    const { $schema: _, ...config } = value as Readonly<Record<string, unknown>>
    return { config }
  } catch (error) {
    return {
      problem: `is not JSON: ${(error as Error).message}`,
      remedy: 'JSON has no comments and no comma at the end',
    }
  }
}
