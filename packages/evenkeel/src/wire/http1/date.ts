/** Dates as HTTP writes them (IMF-fixdate, RFC 9110, 5.6.7), which is what ECMAScript's UTC strings look like. */
export function httpDate(epochMs: number): string {
  return new Date(epochMs).toUTCString()
}
