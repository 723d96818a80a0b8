/** Talks to the API of a proxy under test. */
import type { Proxied } from '../scenario/proxy.ts'

export interface Told {
  readonly status: number
  // oxlint-disable-next-line typescript/no-explicit-any -- each test knows the shape it asks for
  readonly json: any
  readonly headers: Headers
}

export async function api(proxy: Proxied, path: string, init: RequestInit = {}): Promise<Told> {
  const answer = await fetch(`http://127.0.0.1:${proxy.port()}/api/9${path}`, init)
  const text = await answer.text()
  return { status: answer.status, json: text === '' ? null : JSON.parse(text), headers: answer.headers }
}

export function body(method: string, value: unknown): RequestInit {
  return { method, body: JSON.stringify(value) }
}
