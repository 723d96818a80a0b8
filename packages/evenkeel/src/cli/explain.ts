/**
 * `evenkeel explain`: what a configuration makes of one request, without sending it anywhere.
 */
import { makeOffline } from '../control/offline.ts'
import { readQuietly } from '../control/test-configuration.ts'
import { ownVersion } from '../control/version.ts'
import { explain as explainRequest } from '../lab/explain/explain.ts'
import { harmless } from '../lab/explain/harmless.ts'
import { explanationText } from '../lab/explain/text.ts'
import { findPaths } from './find-paths.ts'
import { readCount, readFlags, valueOf, type Flag } from './flags.ts'
import { say, UsageError } from './speech.ts'

const help = `Usage: evenkeel explain -c FILE [METHOD] URL [-H 'Name: value']... [options]

Says what a configuration makes of a request: which server and location get it and why the others do not, what is
rewritten, which server of the upstream it goes to, what that server is sent and what the client is answered. The
configuration runs as it would in traffic, but nothing is sent anywhere and nobody has to be there.

Options:
  -c FILE           the configuration (default: where evenkeel itself looks for it)
  -p PREFIX         what relative names in it lead from
  -H 'Name: value'  a header field of the request; any number of them
  --from ADDRESS    the client's address (default: 127.0.0.1)
  --answer STATUS   what origins answer (default: 200)
  --json            all of it as JSON

Examples:
  evenkeel explain -c nginx.conf http://example.org/shop/cart?id=7
  evenkeel explain -c nginx.conf POST https://example.org/ -H 'Cookie: place=a1' --from 192.0.2.7
  evenkeel explain -c nginx.conf http://example.org/ --answer 503 --json
`

const SHORT: Readonly<Record<string, string>> = { '-c': '--config', '-p': '--prefix', '-H': '--header' }

export async function explain(list: readonly string[]): Promise<number> {
  const flags = readFlags(
    list.map(word => SHORT[word] ?? word),
    ['config', 'prefix', 'header', 'from', 'answer'],
    ['json'],
  )
  if (valueOf(flags, 'help') !== undefined) {
    process.stdout.write(help)
    return 0
  }
  const { method, url } = readWords(flags)
  const paths = findPaths({ prefix: valueOf(flags, 'prefix'), file: valueOf(flags, 'config') })
  const loaded = await readQuietly({ paths, globals: null }, say)
  if (loaded === null) return 1
  const { model, cacheless } = harmless(loaded.model)
  const { configuration, rows } = await makeOffline(model)
  const told = await explainRequest(
    {
      configuration,
      rows,
      cacheless,
      places: { prefix: paths.prefix, confPrefix: paths.confPrefix, version: ownVersion() },
    },
    {
      method,
      url,
      fields: flags.flatMap(flag => ('name' in flag && flag.name === 'header' ? [flag.value] : [])),
      from: valueOf(flags, 'from') ?? '127.0.0.1',
      answer: readCount('--answer', valueOf(flags, 'answer') ?? '200', 200, 599),
    },
  )
  if (typeof told === 'string') throw new UsageError(`explain: ${told}`)
  process.stdout.write(
    valueOf(flags, 'json') === undefined ? explanationText(told) : `${JSON.stringify(told, null, 2)}\n`,
  )
  return 0
}

function readWords(flags: readonly Flag[]): { readonly method: string; readonly url: string } {
  const words = flags.flatMap(flag => ('word' in flag ? [flag.word] : []))
  const [first = '', second] = words
  if (words.length === 0 || words.length > 2) {
    throw new UsageError('explain: name one URL, as in: evenkeel explain -c nginx.conf http://localhost/path')
  }
  const method = second === undefined ? 'GET' : first.toUpperCase()
  if (!/^[A-Z]+$/.test(method))
    throw new UsageError(`explain: "${first}" is no method; write it as in: GET http://localhost/`)
  return { method, url: second ?? first }
}
