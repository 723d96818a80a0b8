/**
 * `-t`: everything a start would do, without starting: the configuration is read, the names in it are opened, and the
 * addresses are tried. One that is in use is no failure, since a test is usually made beside the running process.
 */
import { AcmeFiles } from './acme/files.ts'
import { INPUT_LIMIT } from '../model/pattern.ts'
import { unboundedPatterns } from './linear-regex.ts'
import { datagramAddresses, listenAddresses, probeAll } from './listening/listeners.ts'
import { loadConfiguration, type Loaded, type Source } from './loading.ts'
import { logFiles, openLogFiles } from './files/log-files.ts'
import { under } from './files/paths.ts'
import { TlsFiles } from './files/tls-files.ts'
import { checkPidFile } from './files/pid-file.ts'

/** Stands for the folder that a process would have made for itself. */
export const NOWHERE = '/tmp/'

/** The configuration as it is, with what is wrong told to the terminal; null: it cannot be used. */
export function readQuietly(source: Source, explain: ((text: string) => void) | null): Promise<Loaded | null> {
  return loadConfiguration(source, NOWHERE, { log: () => {}, explain })
}

/** What keeps a configuration that reads well from running. */
export async function tryOut(loaded: Loaded, source: Source): Promise<string[]> {
  const { model } = loaded
  const { prefix } = source.paths
  const wrong =
    new TlsFiles(source.paths.confPrefix, Date.now, new AcmeFiles(prefix, source.paths.confPrefix)).load(model) ??
    openLogFiles(logFiles(model, prefix), null) ??
    checkPidFile(under(prefix, model.process.pid))
  const troubles = await probeAll(listenAddresses(model), datagramAddresses(model))
  const real = troubles.filter(({ code }) => code !== 'EADDRINUSE').map(({ text }) => text)
  return wrong === null ? real : [wrong, ...real]
}

/** Patterns for which time is bounded by the length of their input alone. */
export function patternNotes(loaded: Loaded): string[] {
  const { http, stream } = loaded.model
  return unboundedPatterns({ http, stream }).map(
    ({ written }) =>
      `"${written}" may backtrack for long on hostile input, which is cut at ${INPUT_LIMIT / 1024} KB: ` +
      'avoid repetitions inside repetitions beside (?=…), (?!…) and back-references',
  )
}

/** Directives that were accepted without doing anything here, a line for each name. */
export function ignoredNotes(loaded: Loaded): string[] {
  const places = new Map<string, string[]>()
  for (const { name, position } of loaded.model.ignored) {
    const list = places.get(name) ?? []
    list.push(`${position.file}:${position.line}`)
    places.set(name, list)
  }
  return [...places].map(([name, [first = '', ...more]]) => {
    const others = more.length === 0 ? '' : ` and ${more.length} more`
    return `"${name}" has no meaning here and is ignored, in ${first}${others}`
  })
}
