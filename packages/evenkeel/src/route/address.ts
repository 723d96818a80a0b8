/** Numeric addresses as bytes, one character a byte ($binary_remote_addr): a short key that sorts and hashes well. */
import { ipBytes } from '../exchange/ip-address.ts'

/** 4 or 16 bytes; text that is no numeric address (a Unix socket's) as it is. */
export function binaryAddress(text: string): string {
  return ipBytes(text) ?? text
}
