/** CRC-32C (Castagnoli), the checksum of PROXY protocol heads. Node's own crc32 has the other polynomial. */
export function crc32c(bytes: Uint8Array): number {
  let sum = 0xffffffff
  for (let i = 0; i < bytes.length; i++) sum = table[(sum ^ bytes[i]!) & 0xff]! ^ (sum >>> 8)
  return (sum ^ 0xffffffff) >>> 0
}

const REVERSED_POLYNOMIAL = 0x82f63b78

const table: Uint32Array = Uint32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte
  for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ REVERSED_POLYNOMIAL : sum >>> 1
  return sum
})
