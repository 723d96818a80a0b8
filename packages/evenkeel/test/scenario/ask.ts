/** The two lines most scenarios begin with. */
import { connect, type Response } from './connection.ts'

/** A request head as text: `get('/a', 'X-One: 1')`. */
export function get(target: string, ...lines: readonly string[]): string {
  return ['GET ' + target + ' HTTP/1.1', 'Host: localhost', ...lines].join('\r\n') + '\r\n\r\n'
}

/** Says this on a connection of its own and gives the first response. */
export async function ask(port: number, request: string | Uint8Array): Promise<Response> {
  await using client = await connect(port)
  return await client.send(request).readResponse({ head: typeof request === 'string' && request.startsWith('HEAD ') })
}
