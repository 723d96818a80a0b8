/**
 * `daemon on`: the balancer is a child of its own session; who started it waits until it is up, hears what it has to
 * say until then, and ends with its verdict.
 *
 * What the child says goes over a message channel rather than an inherited stderr: a shell that reads our stderr would
 * otherwise wait for the end of the daemon.
 */
import { spawn } from 'node:child_process'
import { say } from './speech.ts'

/** How the child knows: it must not leak to programs that it starts. */
const MARK = 'EVENKEEL_DAEMON'

type FromDaemon = { readonly kind: 'said'; readonly text: string } | { readonly kind: 'up' }

export interface DaemonParent {
  say(text: string): void
  /** It may go. */
  up(): void
}

/** null: nobody waits, this is not a daemon's process. */
export function daemonParent(): DaemonParent | null {
  const send = process.send?.bind(process)
  if (process.env[MARK] === undefined || send === undefined) return null
  delete process.env[MARK]
  const tell = (message: FromDaemon): void => void (process.connected && send(message, ignore))
  return {
    say: text => tell({ kind: 'said', text }),
    up: () => {
      // Only once it was heard: who waits takes a lost channel for a failure.
      send({ kind: 'up' } satisfies FromDaemon, () => process.disconnect?.())
    },
  }
}

/** Starts this same command again as a daemon; answers the exit code for whoever asked. */
export function runInBackground(list: readonly string[]): Promise<number> {
  const [, program = ''] = process.argv
  const child = spawn(process.execPath, [...process.execArgv, program, ...list], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { ...process.env, [MARK]: '1' },
  })
  return new Promise(resolve => {
    child.on('message', (message: FromDaemon) => {
      if (message.kind === 'said') return say(message.text)
      child.unref()
      resolve(0)
    })
    child.on('error', error => {
      say(`evenkeel: [emerg] the daemon could not be started: ${error.message}`)
      resolve(1)
    })
    child.on('exit', code => resolve(code ?? 1))
  })
}

/** Who waited has gone: there is nobody left to tell. */
function ignore(): void {}
