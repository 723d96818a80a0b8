/**
 * Port 0 in `listen` of a typed configuration: a port that is free is bound and stands in its place.
 */

/** `bind` answers the port it got; '' is every address. */
export async function givePorts<C extends object>(config: C, bind: (host: string) => Promise<number>): Promise<C> {
  const { servers } = config as { servers?: unknown }
  if (!Array.isArray(servers)) return config
  const given: unknown[] = []
  for (const server of servers as unknown[]) {
    const listen = isObject(server) ? server['listen'] : undefined
    given.push(listen === undefined ? server : { ...(server as object), listen: await give(listen, bind) })
  }
  return { ...config, servers: given }
}

async function give(listen: unknown, bind: (host: string) => Promise<number>): Promise<unknown> {
  if (Array.isArray(listen)) {
    const list: unknown[] = []
    for (const one of listen) list.push(await give(one, bind))
    return list
  }
  if (listen === 0) return bind('')
  if (isObject(listen)) return { ...listen, address: await give(listen['address'], bind) }
  if (typeof listen !== 'string') return listen
  const found = /^(?:(.*):)?0(?=\s|$)/.exec(listen)
  if (found === null) return listen
  const host = found[1] ?? ''
  const port = await bind(host.replace(/^\*$/, '').replace(/^\[(.*)\]$/, '$1'))
  return `${host === '' ? '' : `${host}:`}${port}${listen.slice(found[0].length)}`
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
