/**
 * Writes docs/directives.md, docs/failures.md, docs/api.openapi.json, the keys of typed configurations and their JSON Schema from the tables that the program itself works with, so that the two
 * cannot say different things. `--check` changes nothing and fails when a file is not what it would write.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { notYet, notYetOfOthers } from '../packages/evenkeel/src/config/nginx/directives/absent.ts'
import { declined } from '../packages/evenkeel/src/config/nginx/directives/declined.ts'
import { ignoredDirectives } from '../packages/evenkeel/src/config/nginx/directives/ignored.ts'
import { directiveGroups } from '../packages/evenkeel/src/config/nginx/directives/table.ts'
import type { Directive } from '../packages/evenkeel/src/config/nginx/table.ts'
import { openApi } from '../packages/evenkeel/src/control/api/openapi.ts'
import { failures } from '../packages/evenkeel/src/exchange/failure.ts'
import { configSchema } from './config-schema.ts'
import { typedKeys } from './typed-keys.ts'

const sides = { client: 'the client', upstream: 'the server behind', us: 'evenkeel or its configuration' } as const
const retries = {
  never: 'no',
  unsent: 'yes',
  idempotent: 'if the request may run twice',
} as const

const pages: Readonly<Record<string, () => string>> = {
  'docs/directives.md': directivesPage,
  'docs/failures.md': failuresPage,
  'docs/api.openapi.json': () => `${JSON.stringify(openApi(), null, 2)}\n`,
  'packages/evenkeel/src/config/code/keys.ts': typedKeys,
  'packages/evenkeel/schema.json': () => `${JSON.stringify(configSchema(), null, 1)}\n`,
}

for (const [name, page] of Object.entries(pages)) {
  const file = new URL(`../${name}`, import.meta.url)
  const text = page()
  if (!process.argv.includes('--check')) {
    writeFileSync(file, text)
  } else if (current(file) !== text) {
    console.error(`${name} is not what the tables say: run npm run docs`)
    process.exitCode = 1
  }
}

function current(file: URL): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}

function failuresPage(): string {
  const rows = Object.entries(failures).map(([code, row]) => {
    const status = row.status === 0 ? 'none' : String(row.status)
    return `| \`${code}\` | ${row.text} | ${sides[row.side]} | ${status} | ${retries[row.retry]} |`
  })
  return `# Failures

Written by \`npm run docs\` from the table the data plane works with; do not edit.

Every request that failed says why in one word: \`$failure\` in a \`log_format\` holds the code, and \`$upstream_tries\` the
servers that were tried. The error log tells the same in a sentence. To see both in the access log:

    log_format why '$remote_addr "$request" $status $failure $upstream_tries';
    access_log /var/log/evenkeel/access.log why;

**Answer** is the status when nothing had been sent yet (408 and 499 are logged and the connection is closed); **another
server** says when \`proxy_next_upstream\` may repeat the request elsewhere.

| code | what happened | whose doing | answer | another server |
| --- | --- | --- | --: | --- |
${rows.join('\n')}
`
}

function directivesPage(): string {
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

${list([...declined.keys()])}
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
