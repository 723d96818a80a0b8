/** Sessions of TLS that are kept here, for clients that get no tickets. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { connect, type ConnectionOptions } from 'node:tls'
import { selfSigned } from '../e2e-tls/certificates.ts'
import { startProxy } from '../scenario/proxy.ts'

const own = selfSigned('own.example')

/** What the server says, and the session it left. */
async function ask(port: number, options: ConnectionOptions): Promise<{ text: string; session: Buffer | undefined }> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options })
  let text = ''
  let session: Buffer | undefined
  socket.on('session', given => (session = given))
  socket.on('data', part => (text += String(part)))
  await once(socket, 'end')
  socket.destroy()
  return { text, session }
}

test('without tickets a session is taken up again in TLS 1.2 and 1.3, where one is kept, and by nobody else', async () => {
  await using proxy = await startProxy({
    files: { 'own.crt': own.certificate, 'own.key': own.key },
    config: ports => `
stream {
  ssl_certificate own.crt; ssl_certificate_key own.key; ssl_session_tickets off;
  server { listen 127.0.0.1:${ports.kept} ssl; ssl_session_cache shared:SSL:1m; return "$ssl_session_reused $ssl_protocol"; }
  server { listen 127.0.0.1:${ports.none} ssl; ssl_session_cache none; return "$ssl_session_reused $ssl_protocol"; }
}`,
  })
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const kept = proxy.port('kept')
    const options = { minVersion: version, maxVersion: version }
    const first = await ask(kept, options)
    assert.equal(first.text, `. ${version}`)
    // Others come in between.
    assert.equal((await ask(kept, options)).text, `. ${version}`)
    const again = { ...options, session: first.session! }
    assert.equal((await ask(kept, again)).text, `r ${version}`)
    assert.equal((await ask(proxy.port('none'), again)).text, `. ${version}`)
  }
})
