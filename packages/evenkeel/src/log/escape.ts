/**
 * What of a request goes into a log is somebody else's text: it must not be able to end a line or a quoted string.
 * The three ways are those of `log_format escape=…`.
 */

const UNSAFE = /["\\\0-\x1f\x7f-\xff]/
const EACH_UNSAFE = /["\\\0-\x1f\x7f-\xff]/g
const UNSAFE_JSON = /["\\\0-\x1f]/
const EACH_UNSAFE_JSON = /["\\\0-\x1f]/g
const CONTROL = /[\0-\x1f\x7f]/
const EACH_CONTROL = /[\0-\x1f\x7f]/g

const short: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\f': '\\f',
}

/** Quotes, backslashes, control characters and all above ASCII as `\xHH`. */
export function escapeDefault(text: string): string {
  return UNSAFE.test(text) ? text.replace(EACH_UNSAFE, hexEscape) : text
}

/** For inside of a JSON string; bytes above ASCII stay, which is right for UTF-8. */
export function escapeJson(text: string): string {
  if (!UNSAFE_JSON.test(text)) return text
  return text.replace(EACH_UNSAFE_JSON, letter => short[letter] ?? '\\u00' + hex(letter))
}

/** For error logs: their messages are for people, only what would break the line is made visible. */
export function escapeControls(text: string): string {
  return CONTROL.test(text) ? text.replace(EACH_CONTROL, hexEscape) : text
}

function hexEscape(letter: string): string {
  return '\\x' + hex(letter)
}

function hex(letter: string): string {
  return letter.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')
}
