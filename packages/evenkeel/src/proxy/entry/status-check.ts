/**
 * Whether the certificate a client has shown was revoked meanwhile (ssl_ocsp), asked once its handshake is done and before
 * anything of it is served. Who waits has the deadline, and can give up.
 */
import type { TLSSocket } from 'node:tls'
import type { TlsSession } from './tls-session.ts'

export interface StatusCheck {
  /** Calls `done` once, with what is wrong in OpenSSL's words; '': nothing is. */
  check(socket: TLSSocket, done: (problem: string) => void): void
}

export interface StatusWait {
  /** The client is gone, or nobody waits any more: `go` or `gone` will not be called. */
  stop(): void
}

/** null: there is nothing to wait for. `go`: what is wrong stands in `tls`. `gone`: the socket is. */
export function awaitStatus(
  check: StatusCheck | null,
  socket: TLSSocket,
  tls: TlsSession,
  go: () => void,
  gone: () => void,
): StatusWait | null {
  if (check === null || !tls.certified || tls.verifyError !== '') return null
  let waiting = true
  const leave = (): void => {
    waiting = false
    socket.off('close', closed)
  }
  const closed = (): void => {
    leave()
    gone()
  }
  socket.on('error', ignore)
  socket.on('close', closed)
  check.check(socket, problem => {
    if (!waiting) return
    leave()
    socket.off('error', ignore)
    if (problem !== '') tls.distrust(problem)
    go()
  })
  return {
    stop() {
      if (!waiting) return
      leave()
      socket.destroy()
    },
  }
}

function ignore(): void {}
