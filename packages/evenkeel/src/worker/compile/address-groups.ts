/** Who listens where: the servers of each address, and whose requests for nobody known are. */
import type { ListenAddress, ListenModel } from '../../model/model.ts'
import type { ResolvedServer } from '../../model/resolve.ts'
import { addressKey } from './address-key.ts'

export interface AddressGroup {
  readonly address: ListenAddress
  readonly servers: ResolvedServer[]
  fallback: ResolvedServer
  explicit: boolean
}

/** Who listens where, and whose requests for nobody known are. */
export function groupByAddress(servers: readonly ResolvedServer[]): Map<string, AddressGroup> {
  const groups = new Map<string, AddressGroup>()
  for (const server of servers) {
    for (const listen of server.model.listens) {
      const key = addressKey(listen.address)
      let group = groups.get(key)
      if (group === undefined)
        groups.set(key, (group = { address: listen.address, servers: [], fallback: server, explicit: false }))
      group.servers.push(server)
      if (listen.defaultServer && !group.explicit) {
        group.fallback = server
        group.explicit = true
      }
    }
  }
  return groups
}

/** What its servers say of an address; an option that one of them gives holds for all. */
export function listensOf(servers: readonly ResolvedServer[], address: ListenAddress): ListenModel[] {
  const key = addressKey(address)
  return servers.flatMap(({ model }) => model.listens.filter(listen => addressKey(listen.address) === key))
}
