/**
 * Writes docs/directives.md from the tables that the configuration reader itself works with, so that the two cannot
 * say different things. `--check` changes nothing and fails when the file is not what it would write.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { notYet, notYetOfOthers, refused } from '../packages/evenkeel/src/config/nginx/directives/absent.ts'
import { ignoredDirectives } from '../packages/evenkeel/src/config/nginx/directives/ignored.ts'
import { directiveGroups } from '../packages/evenkeel/src/config/nginx/directives/table.ts'
import type { Directive } from '../packages/evenkeel/src/config/nginx/table.ts'

const file = new URL('../docs/directives.md', import.meta.url)
const text = page()

if (!process.argv.includes('--check')) {
  writeFileSync(file, text)
} else if (current() !== text) {
  console.error('docs/directives.md is not what the tables say: run npm run docs')
  process.exitCode = 1
}

function current(): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}

function page(): string {
  const groups = directiveGroups.map(({ title, rows }) => `## ${title}\n\n${rows.map(entry).join('\n')}`)
  return `# Directives

Written by \`npm run docs\` from the tables of the configuration reader; do not edit.

evenkeel reads nginx's configuration language. What a directive is not told stands at its default, which is that of
nginx 1.31. \`include\` may stand anywhere. [The last sections](#accepted-without-meaning) list nginx's other names.

${groups.join('\n')}
## Accepted without meaning

They tune parts of nginx that evenkeel does not have. A configuration with them runs; \`-t\` lists them.

${list(ignoredDirectives.map(row => row.name))}

## Not supported yet

A configuration with one of these is refused, so that nothing is left out in silence.

${list(notYet)}

Of nginx's commercial edition and of other modules:

${list(notYetOfOthers)}

## Not supported

FastCGI, uWSGI, SCGI, mail and Perl. The error says what to do instead.

${list([...refused.keys()])}
`
}

function entry(row: Directive): string {
  const syntax = `${row.name} ${row.syntax}`.trimEnd() + (row.block === true ? '' : ';')
  const lines = [`### ${row.name}`, '', row.text, '', `- Syntax: \`${syntax}\``]
  if (row.default !== null) lines.push(`- Default: \`${row.default}\``)
  lines.push(`- Context: ${row.contexts.join(', ')}`, '')
  return lines.join('\n')
}

function list(names: readonly string[]): string {
  return names
    .toSorted()
    .map(name => `\`${name}\``)
    .join(', ')
}
