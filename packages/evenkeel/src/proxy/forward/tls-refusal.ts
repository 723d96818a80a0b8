/** Why there is no TLS with an origin, as a failure. */
import { failure, type Failure, type FailureCode } from '../../exchange/failure.ts'
import type { TlsRefusal } from '../../net/tls-dial.ts'

export function refusalFailure({ kind, text }: TlsRefusal): Failure {
  return failure(codes[kind], text)
}

const codes: Readonly<Record<TlsRefusal['kind'], FailureCode>> = {
  failed: 'handshake_failed',
  closed: 'handshake_closed',
  untrusted: 'untrusted_certificate',
  misnamed: 'misnamed_certificate',
}
