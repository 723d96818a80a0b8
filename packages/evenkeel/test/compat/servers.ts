/** Servers for the tests of this folder, on ports that are free, gone with their scope. */
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createSecure } from 'node:https'
import type { AddressInfo } from 'node:net'
import { developmentCertificate } from '../../src/control/certificates/development-certificate.ts'

export interface Running extends AsyncDisposable {
  readonly server: Server
  readonly port: number
  readonly url: string
}

export const pem: string = developmentCertificate(['localhost', '127.0.0.1'], new Date())

export async function running(listener: RequestListener, secure = false): Promise<Running> {
  const server = secure ? createSecure({ key: pem, cert: pem }, listener) : createServer(listener)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    server,
    port,
    url: `${secure ? 'https' : 'http'}://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
