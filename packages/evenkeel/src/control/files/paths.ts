/**
 * Where a process finds its files. With -p everything is as in nginx. Without it there is no compiled-in prefix to
 * fall back on, so the prefix is the folder of the configuration file, and that is nginx's usual one if it is there.
 */
import { dirname, resolve } from 'node:path'

export interface Paths {
  /** Ends in a slash: what relative names in the configuration are put behind. */
  readonly prefix: string
  /** The configuration file, absolute. */
  readonly file: string
  /** Folder of that file, with a slash: what certificates and included files are relative to. */
  readonly confPrefix: string
  /** Where errors go until the configuration says so: a path, or `stderr`. */
  readonly errorLog: string
}

export interface PathChoices {
  readonly prefix: string | null
  readonly file: string | null
  readonly errorLog: string | null
}

export function choosePaths(choices: PathChoices, cwd: string, exists: (path: string) => boolean): Paths {
  const [prefix, file] = places(choices, cwd, exists)
  const log = choices.errorLog ?? (exists(`${prefix}logs`) ? 'logs/error.log' : 'stderr')
  return {
    prefix,
    file,
    confPrefix: folder(dirname(file)),
    errorLog: log === 'stderr' || log === '' ? 'stderr' : under(prefix, log),
  }
}

/** A name of the configuration as a path: relative ones are put behind the prefix. */
export function under(prefix: string, name: string): string {
  return name.startsWith('/') ? name : prefix + name
}

const USUAL = '/etc/nginx/nginx.conf'

function places(choices: PathChoices, cwd: string, exists: (path: string) => boolean): [string, string] {
  if (choices.prefix !== null) {
    const prefix = folder(resolve(cwd, choices.prefix))
    return [prefix, under(prefix, choices.file ?? 'nginx.conf')]
  }
  const file = choices.file !== null ? resolve(cwd, choices.file) : exists(USUAL) ? USUAL : resolve(cwd, 'nginx.conf')
  return [folder(dirname(file)), file]
}

function folder(path: string): string {
  return path.endsWith('/') ? path : `${path}/`
}

/**
 * A path as the system takes it. Configuration is text of one character a byte, and so are the paths here, so that a
 * name that is not UTF-8 survives.
 */
export function onDisk(path: string): Buffer {
  return Buffer.from(path, 'latin1')
}

/** A word of the command line, which Node has decoded, as such text. */
export function fromCommandLine(word: string): string {
  return Buffer.from(word, 'utf8').toString('latin1')
}
