/**
 * `evenkeel serve`: small HTTP servers that answer one text each, to balance between.
 */
import { readCount, readDelayMs, readFlags, readPort, type Flag } from './flags.ts'
import { say, UsageError } from './speech.ts'
import { startTextServers, type TextServer } from './text-servers.ts'

const help = `Usage: evenkeel serve --port PORT [--message TEXT] [--delay TIME] [--status CODE] [--port PORT ...]

Starts small HTTP servers in one process; each answers its text to every request.
What follows a --port belongs to that server.

Options:
  --port PORT     listen there (required, several times for several servers)
  --message TEXT  what it answers (default: "Server 1", "Server 2", ...)
  --delay TIME    wait before each answer: 50ms, 2s (default: 0)
  --status CODE   status of each answer (default: 200)
  --host ADDRESS  listen on that address (default: 127.0.0.1; 0.0.0.0 for everybody)

Examples:
  evenkeel serve --port 8000
  evenkeel serve --port 8000 --message "Server 1" --port 8001 --message "Server 2"
  evenkeel serve --port 8000 --delay 50ms --port 8001 --status 503
`

export async function serve(list: readonly string[]): Promise<number> {
  const flags = readFlags(list, ['port', 'message', 'delay', 'status', 'host'], [])
  if (flags.some(flag => 'name' in flag && flag.name === 'help')) {
    process.stdout.write(help)
    return 0
  }
  const { servers, host } = readServers(flags)
  const running = await startTextServers(servers, host, 'choose another with --port')
  for (const [index, port] of running.ports.entries()) {
    say(
      `server started: http://${host.includes(':') ? `[${host}]` : host}:${port} answers "${servers[index]!.message}"`,
    )
  }
  await interrupted()
  await running.close()
  return 0
}

export function readServers(flags: readonly Flag[]): { servers: TextServer[]; host: string } {
  const servers: TextServer[] = []
  let host = '127.0.0.1'
  for (const flag of flags) {
    if ('word' in flag)
      throw new UsageError(`serve: "${flag.word}" is no option; a port is given as --port ${flag.word}`)
    const { name, value } = flag
    if (name === 'host') host = value
    else if (name === 'port') {
      const message = `Server ${servers.length + 1}`
      servers.push({ port: readPort('--port', value), message, delayMs: 0, status: 200 })
    } else servers.push({ ...lastOf(servers, name), ...readSetting(name, value) })
  }
  if (servers.length === 0) throw new UsageError('serve: give at least one --port (evenkeel serve --help)')
  return { servers, host }
}

/** Resolves when the process is asked to end. */
export function interrupted(): Promise<void> {
  return new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGQUIT'] as const) process.once(signal, () => resolve())
  })
}

function lastOf(servers: TextServer[], name: string): TextServer {
  const last = servers.pop()
  if (last === undefined) throw new UsageError(`serve: --${name} belongs to the --port before it; give --port first`)
  return last
}

function readSetting(name: string, value: string): Partial<TextServer> {
  if (name === 'message') return { message: value }
  if (name === 'delay') return { delayMs: readDelayMs('--delay', value) }
  return { status: readCount('--status', value, 200, 599) }
}
