#!/usr/bin/env node
/**
 * The entry: nothing but the cache of compiled code, which has to be on before the rest is loaded. Reading some 200
 * files anew, and stripping their types, is most of a start: measured 340 ms to the first answer without it, 170 with it,
 * and a third less memory.
 */
import { lstatSync } from 'node:fs'
import * as modules from 'node:module'
import { fileURLToPath } from 'node:url'

// Named imports of what an older Node lacks would end in a trace of the loader before a word could be said.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 24 || (major === 24 && minor < 20)) {
  process.stderr.write(`evenkeel: Node 24.20 or later is needed, and this is ${process.version}\n`)
  process.exit(1)
}

// Beside the code, in a folder of whoever runs this: a shared place such as /tmp would let others put code into it.
const neighbours = import.meta.url.endsWith('.ts') ? '../../../../node_modules' : '../../..'
const folder = fileURLToPath(new URL(`${neighbours}/`, import.meta.url))
if (process.env['NODE_COMPILE_CACHE'] === undefined && isOurs(folder)) {
  const cache = `${folder}.cache/evenkeel`
  modules.enableCompileCache(cache)
  // Threads and children look here.
  process.env['NODE_COMPILE_CACHE'] = cache
}

const { runProgram } = await import('./program.ts')
// Nothing that is still open keeps a finished command alive.
process.exit(await runProgram(process.argv.slice(2)))

function isOurs(path: string): boolean {
  try {
    const found = lstatSync(path)
    return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0
  } catch {
    return false
  }
}
