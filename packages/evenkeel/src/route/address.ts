/** Numeric addresses as bytes, one character a byte ($binary_remote_addr): a short key that sorts and hashes well. */
import { ipBytes, ipText } from '../exchange/ip-address.ts'

/** 4 or 16 bytes; text that is no numeric address (a Unix socket's) as it is. */
export function binaryAddress(text: string): string {
  return ipBytes(text) ?? text
}

/** The other way: 4 or 16 bytes as text, IPv6 in its short form. */
export function addressText(bytes: string): string {
  return ipText(Buffer.from(bytes, 'latin1'), 0, bytes.length === 4 ? 4 : 16)
}
