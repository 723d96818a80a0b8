/**
 * The client's address as proxies before us tell it: the addresses of a field from its end to its start, each believed
 * as long as the one who told it is trusted. What an untrusted client wrote at the start is never reached.
 */
import { addressText, binaryAddress } from './address.ts'

export interface ForwardedAddress {
  readonly address: string
  /** 0: none was told. */
  readonly port: number
}

/** Undefined: nobody whose word counts told any. `recursive`: go on while the address found is a trusted one itself. */
export function forwardedAddress(
  address: string,
  told: string,
  trusted: (address: string) => boolean,
  recursive: boolean,
): ForwardedAddress | undefined {
  let found: ForwardedAddress | undefined
  let end = told.length
  let teller = address
  while (trusted(teller)) {
    while (end > 0 && isGap(told.charCodeAt(end - 1))) end--
    let start = end
    while (start > 0 && !isGap(told.charCodeAt(start - 1))) start--
    const next = readAddress(told.slice(start, end))
    if (next === undefined) break
    found = next
    teller = next.address
    end = start
    if (!recursive || end === 0) break
  }
  return found
}

/** `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`, in the form that logs show. */
export function readAddress(text: string): ForwardedAddress | undefined {
  const whole = numeric(text)
  if (whole !== undefined) return { address: whole, port: 0 }
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  const port = digits === undefined ? 0 : Number(digits)
  if (digits !== undefined && (port < 1 || port > 65535)) return undefined
  const address = numeric(bracketed ?? plain ?? '')
  return address === undefined ? undefined : { address, port }
}

function numeric(text: string): string | undefined {
  if (text === '' || text.includes('%')) return undefined
  const bytes = binaryAddress(text)
  return bytes === text ? undefined : addressText(bytes)
}

function isGap(code: number): boolean {
  return code === 0x20 || code === 0x2c
}
