/** `$ssl_…`: what TLS knows of the client. Without TLS they have no value. */
import { tlsValues } from '../exchange/client-tls.ts'
import { plain, type VariableMaker } from './variable-maker.ts'

export const tlsVariables: Readonly<Record<string, VariableMaker>> = Object.fromEntries(
  tlsValues.map(name => ['ssl_' + name, plain(exchange => exchange.connection.tls?.value(name))]),
)
