/**
 * Makes the dashboard's page, packages/evenkeel/src/filter/pages/dashboard-page.ts, of its sources in packages/dashboard/src:
 * one file, so that it needs nothing but the server it came from. `--check` changes nothing and fails when the page is not
 * what the sources make of it.
 *
 * Types are taken out by Node itself, and modules are put one behind the other in one scope, each behind those it
 * imports: that is all a bundler would do here. Two things of one name in two modules are a mistake that is told.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, resolve } from 'node:path'
import { Script } from 'node:vm'

const source = resolve(import.meta.dirname, '../packages/dashboard/src')
const target = resolve(import.meta.dirname, '../packages/evenkeel/src/filter/pages/dashboard-page.ts')

/** In this order: what comes later wins. */
const styles = ['colours', 'page', 'charts', 'tables', 'dialog', 'phone']

const text = moduleText(buildPage())
if (!process.argv.includes('--check')) {
  writeFileSync(target, text)
} else if (readFileSync(target, 'utf8') !== text) {
  console.error('the dashboard is not what its sources make of it: run npm run dashboard')
  process.exitCode = 1
}

function buildPage(): string {
  const script = buildScript(resolve(source, 'main.ts'))
  const style = styles
    .map(name =>
      read(`style/${name}.css`)
        .replace(/^ +/gm, '')
        .replace(/\/\*[^]*?\*\/\s*/g, ''),
    )
    .join('\n')
  for (const [name, part] of Object.entries({ script, style })) {
    // It would end the element that it stands in.
    if (part.includes(`</${name}`)) throw new Error(`the ${name} has "</${name}" in it`)
  }
  return read('page.html')
    .replace(/^ +/gm, '')
    .replace('<style>', () => `<style>${style}`)
    .replace('<script type="module">', () => `<script type="module">${script}`)
}

function buildScript(entry: string): string {
  const parts: string[] = []
  const owners = new Map<string, string>()
  const seen = new Set<string>()
  const add = (file: string): void => {
    if (seen.has(file)) return
    seen.add(file)
    const code = readFileSync(file, 'utf8')
    for (const [, from = ''] of code.matchAll(/^import (?!type ).*?from '(\.[^']+)'/gms))
      add(resolve(dirname(file), from))
    const plain = stripTypeScriptTypes(code)
      .replace(/^import\b.*?from\s*'[^']+'[^\n]*$/gms, '')
      .replace(/^export (?=(?:async )?(?:const|let|class|function)\b)/gm, '')
    for (const [, name = ''] of plain.matchAll(/^(?:async )?(?:const|let|class|function) (\w+)/gm)) {
      const owner = owners.get(name)
      if (owner !== undefined)
        throw new Error(`"${name}" is in ${owner} and in ${file}: in the page they are in one scope`)
      owners.set(name, file)
    }
    parts.push(compact(plain))
  }
  add(entry)
  const script = parts.join('\n')
  checkSyntax(script)
  return script
}

/** Comments, indentation and blank lines go; names stay, so that what runs can be read. */
function compact(code: string): string {
  return code
    .replace(/^\s*\/\*\*?[^]*?\*\/\s*$/gm, '')
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/(\S)[ \t]{2,}/g, '$1 ')
    .replace(/[ \t]+$/gm, '')
    .replace(/^[ \t]+/gm, '')
    .replace(/\n{2,}/g, '\n')
    .trim()
}

function checkSyntax(script: string): void {
  // Compiled, not run.
  if (new Script(`'use strict';(async()=>{${script}})`).cachedDataRejected) throw new Error('it cannot be compiled')
}

function read(name: string): string {
  return readFileSync(resolve(source, name), 'utf8').trim()
}

function moduleText(page: string): string {
  const literal = page.replace(/[\\`]|\$\{/g, found => `\\${found}`)
  return `/** Written by \`npm run dashboard\` from packages/dashboard/src; do not edit. */

export const dashboardPage: string = \`${literal}
\`
`
}
