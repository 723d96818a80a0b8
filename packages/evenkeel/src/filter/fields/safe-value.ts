/**
 * Values that go into a header line. Variables may hold anything a client sent, decoded: a line break in one would let
 * the client write header lines of its own (response splitting), so such a value never reaches a line.
 */

// oxlint-disable-next-line no-control-regex
const UNSAFE = /[\r\n\0]/

/** `$ssl_client_cert`: lines that go on behind a tab, with nothing in them that could begin another field. */
const CERTIFICATE = /-----BEGIN CERTIFICATE-----\n\t(?:[A-Za-z0-9+/=]+\n\t)+-----END CERTIFICATE-----/g

/** Whether the value can stand in a header line. */
export function isSafeValue(value: string): boolean {
  return !UNSAFE.test(value) || (value.includes('-----BEGIN') && !UNSAFE.test(value.replace(CERTIFICATE, '')))
}

/** For values that are URLs there is an honest spelling of such bytes: escaped. */
export function escapeUnsafe(url: string): string {
  return UNSAFE.test(url)
    ? url.replace(/[\r\n\0]/g, found => (found === '\r' ? '%0D' : found === '\n' ? '%0A' : '%00'))
    : url
}
