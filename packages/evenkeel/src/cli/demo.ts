/**
 * `evenkeel demo`: the tutorial, running: three servers that say who they are, and a balancer in front of them.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { probeAll } from '../control/listening/listeners.ts'
import type { Signals } from '../control/signals.ts'
import { addDashboard, dashboardPort } from './demo-dashboard.ts'
import { readCount, readFlags, readPort } from './flags.ts'
import { runFile } from './proxy.ts'
import { say } from './speech.ts'
import { portProblem, startTextServers } from './text-servers.ts'
import { readTutorial, tutorialPorts, withPorts, type TutorialPorts } from './tutorial.ts'

const help = `Usage: evenkeel demo [--port PORT] [--servers PORT] [--dashboard PORT] [--workers N]

Starts three small HTTP servers that answer "Server 1", "Server 2" and "Server 3", and a balancer
in front of them that sends each request to the next one. A dashboard shows it at work.

Options:
  --port PORT       where the balancer listens (default: 8080)
  --servers PORT    where the first of the three servers listens, the others on the next two ports
                    (default: 8000)
  --dashboard PORT  where the dashboard is, for this machine only (default: 8090, or the next free one)
  --workers N       how many threads carry the balancer's traffic (default: 1)

Examples:
  evenkeel demo
  evenkeel demo --port 9090 --servers 9000
`

export async function demo(list: readonly string[], signals: Signals): Promise<number> {
  const flags = readFlags(list, ['port', 'servers', 'dashboard', 'workers'], [])
  let ports: TutorialPorts = tutorialPorts
  let workers = 1
  let dashboard: number | null = null
  for (const flag of flags) {
    if ('word' in flag || flag.name === 'help') {
      process.stdout.write(help)
      return 'word' in flag ? 1 : 0
    }
    if (flag.name === 'port') ports = { ...ports, front: readPort('--port', flag.value) }
    else if (flag.name === 'dashboard') dashboard = readPort('--dashboard', flag.value)
    else if (flag.name === 'workers') workers = readCount('--workers', flag.value, 1, 64)
    else {
      const first = readCount('--servers', flag.value, 1, 65533)
      ports = { ...ports, servers: [first, first + 1, first + 2] }
    }
  }
  return runTutorial(ports, workers, dashboard, signals)
}

async function runTutorial(
  ports: TutorialPorts,
  workers: number,
  dashboard: number | null,
  signals: Signals,
): Promise<number> {
  const [taken] = await probeAll([{ host: '*', port: ports.front }])
  if (taken !== undefined) throw portProblem({ code: taken.code, port: ports.front }, 'choose another with --port')
  const shownAt = await dashboardPort(dashboard)
  const list = ports.servers.map((port, index) => ({ port, message: `Server ${index + 1}`, delayMs: 0, status: 200 }))
  const servers = await startTextServers(list, '127.0.0.1', 'choose others with --servers, for instance --servers 9000')
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-demo-'))
  try {
    for (const { port, message } of list) say(`server started: http://localhost:${port} answers "${message}"`)
    const { text, file } = readTutorial()
    const wanted = withPorts(text, ports)
    const own = join(folder, 'nginx.conf')
    if (file === null || wanted !== text) writeFileSync(own, wanted)
    const path = file === null || wanted !== text ? own : file
    const amend = shownAt === null ? undefined : addDashboard(shownAt)
    const up = (): void => {
      say(`evenkeel is in front of them, with ${path}`)
      say('')
      say(`Open http://localhost:${ports.front} and refresh: the three servers answer in turn.`)
      say(`Or: curl http://localhost:${ports.front}`)
      if (shownAt !== null) say(`The dashboard: http://localhost:${shownAt}/dashboard.html`)
      say('Ctrl-C ends it.')
    }
    return await runFile(path, folder, `worker_processes ${workers};`, signals, up, amend)
  } finally {
    await servers.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
