/**
 * What may stand in a header line we write, for values that come from variables and so from strangers.
 *
 * Besides line ends and NUL, characters beyond Latin-1 are refused: written as Latin-1 they lose their high byte, and
 * U+010A would leave us as a line feed.
 */
// oxlint-disable-next-line no-control-regex
const forbidden = /[\0\r\n\u0100-\uffff]/

/** The value, or null when it must not reach a header line. */
export function safeFieldValue(text: string): string | null {
  return forbidden.test(text) ? null : text
}
