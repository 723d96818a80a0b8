import type { ListenAddress } from '../../model/model.ts'

/** A listening address as a key of maps: two ways of writing one address come out alike. */
export function addressKey(address: ListenAddress): string {
  if ('path' in address) return 'unix:' + address.path
  return (address.host === '0.0.0.0' ? '*' : address.host) + '|' + address.port
}
