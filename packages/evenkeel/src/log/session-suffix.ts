/** What error logs say about the session that a message is about, in nginx's form. */
import type { Session } from '../exchange/session.ts'

/** `*CONNECTION text, client: …, server: …, upstream: …, bytes …`. */
export function sessionMessage(session: Session, text: string): string {
  const udp = session.protocol === 'UDP' ? 'udp ' : ''
  const attempt = session.attempts.at(-1)
  const bytes =
    attempt === undefined
      ? ''
      : `, upstream: "${attempt.address}"` +
        `, bytes from/to client:${session.bytesReceived}/${session.bytesSent}` +
        `, bytes from/to upstream:${attempt.bytesReceived}/${attempt.bytesSent}`
  return `*${session.connection.serial} ${text}, ${udp}client: ${session.remoteAddress}, server: ${session.listener}${bytes}`
}

/** The end of a session is told without the rest of it, as nginx does. */
export function sessionEnd(session: Session, text: string): string {
  const attempt = session.attempts.at(-1)
  return (
    `*${session.connection.serial} ${text}` +
    `, bytes from/to client:${session.bytesReceived}/${session.bytesSent}` +
    `, bytes from/to upstream:${attempt?.bytesReceived ?? 0}/${attempt?.bytesSent ?? 0}`
  )
}
