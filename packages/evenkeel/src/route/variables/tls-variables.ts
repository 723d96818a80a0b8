/** `$ssl_…`: what TLS knows of the client. Without TLS they have no value. */
import { tlsValues } from '../../exchange/client-tls.ts'
import { plain, type VariableMaker } from './variable-maker.ts'

export const tlsVariables: Readonly<Record<string, VariableMaker>> = {
  ...Object.fromEntries(
    tlsValues.map(name => ['ssl_' + name, plain(exchange => exchange.connection.tls?.value(name))]),
  ),
  // They mean something in ssl_certificate and ssl_certificate_key alone, and are replaced there before: no request sees a key.
  acme_certificate: plain(() => undefined),
  acme_certificate_key: plain(() => undefined),
}
