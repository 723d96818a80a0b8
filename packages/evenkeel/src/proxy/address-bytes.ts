/** Numeric addresses as bytes, for `ip_hash`: 4 for IPv4 (also when mapped into IPv6), 16 for IPv6, none for Unix sockets. */
const none = new Uint8Array(0)

export function addressBytes(address: string): Uint8Array {
  if (address === '' || address.startsWith('unix:')) return none
  if (address.startsWith('::ffff:') && address.includes('.')) return v4(address.slice(7))
  return address.includes(':') ? v6(address) : v4(address)
}

function v4(address: string): Uint8Array {
  return Uint8Array.from(address.split('.'), Number)
}

function v6(address: string): Uint8Array {
  const bytes = new Uint8Array(16)
  const [head = '', tail] = address.split('%')[0]!.split('::')
  const before = groups(head)
  const after = tail === undefined ? [] : groups(tail)
  before.forEach((group, i) => put(bytes, i, group))
  after.forEach((group, i) => put(bytes, 8 - after.length + i, group))
  return bytes
}

function groups(text: string): number[] {
  return text === '' ? [] : text.split(':').map(group => parseInt(group, 16))
}

function put(bytes: Uint8Array, index: number, group: number): void {
  if (index > 7) return
  bytes[index * 2] = group >> 8
  bytes[index * 2 + 1] = group & 0xff
}
