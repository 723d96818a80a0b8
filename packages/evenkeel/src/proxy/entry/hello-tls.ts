/** What is known of a TLS client before its handshake is done: the name it asks for. */
import type { ClientTls } from '../../exchange/client-tls.ts'
import type { ClientHello } from '../../wire/tls-hello.ts'

export function helloTls({ serverName }: ClientHello): ClientTls {
  return {
    serverName,
    protocol: '',
    certified: false,
    verifyError: '',
    unknownAuthority: false,
    value: name => (name === 'server_name' ? serverName || undefined : undefined),
  }
}
