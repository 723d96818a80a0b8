/**
 * Completes a scenario's configuration: what a test says stays as written, what it does not say gets what every test needs
 * (foreground, pid file and logs below the prefix).
 */

export interface Completion {
  readonly kind: 'evenkeel' | 'nginx'
  readonly workers: number
  readonly logLevel: string
}

export function configurationOf(text: string, { kind, workers, logLevel }: Completion): string {
  const whole = /^\s*(?:http|stream)\s*\{/m.test(text)
  const main = [
    'daemon off;',
    'pid nginx.pid;',
    `error_log error.log ${logLevel};`,
    `worker_processes ${workers};`,
    // nginx's workers would become nobody, who may not enter the test's folder.
    ...(kind === 'nginx' && process.geteuid?.() === 0 ? ['user root;'] : []),
    'events {}',
  ].filter(line => !(whole && says(text, line)))
  if (whole) return `${main.join('\n')}\n${text}\n`

  const http = ['access_log access.log combined;', ...(kind === 'nginx' ? tempPaths : [])].filter(
    line => !says(text, line),
  )
  return `${main.join('\n')}\nhttp {\n${http.join('\n')}\n${text}\n}\n`
}

// Debian compiled its own folders in, which only root may write to.
const tempPaths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(name => `${name}_temp_path temp/${name};`)

/** Whether the text has this directive at its outermost level, which is where a line starts unindented or first. */
function says(text: string, line: string): boolean {
  const name = line.split(/[\s{]/)[0] ?? ''
  return new RegExp(`^\\s{0,2}${name}\\b`, 'm').test(text)
}
