/**
 * The listing of a folder in nginx's four forms (autoindex_format): a page, XML, JSON, and JSON as the argument of a
 * function. Folders come first, then names in their order. Names are Latin-1, one character a byte, in all of them.
 */
import type { BodySettings } from '../../model/settings/body-settings.ts'
import { escapeComponent } from '../../route/uri-escape.ts'
import { escapeHtml } from '../pages/escape-html.ts'

/** One line of a listing. `name` is Latin-1, one character a byte. */
export interface Entry {
  readonly name: string
  readonly directory: boolean
  /** A regular file; what is neither is a pipe, a socket or a device. */
  readonly file: boolean
  readonly size: number
  /** Seconds since the epoch. */
  readonly modified: number
}

export type ListingSettings = Pick<BodySettings, 'autoindexFormat' | 'autoindexExactSize' | 'autoindexLocaltime'>

export interface Listing {
  readonly type: string
  readonly body: string
}

/** `callback`: the function's name for jsonp; without one that is plain JSON. */
export function renderListing(
  uri: string,
  entries: readonly Entry[],
  settings: ListingSettings,
  callback: string,
): Listing {
  const sorted = [...entries].sort(
    (a, b) => Number(b.directory) - Number(a.directory) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  )
  const format = settings.autoindexFormat
  if (format === 'html') return { type: 'text/html', body: renderHtml(uri, sorted, settings) }
  if (format === 'xml') return { type: 'text/xml; charset=utf-8', body: renderXml(sorted) }
  const json = renderJson(sorted)
  if (format === 'json' || callback === '') return { type: 'application/json', body: json }
  // The comment keeps the answer from being read as anything that begins with what the client chose.
  return { type: 'application/javascript', body: `/* callback */\r\n${callback}(${json});` }
}

/** What a client may choose to have called. */
export function isCallback(name: string): boolean {
  return name.length <= 128 && /^[A-Za-z0-9_.]*$/.test(name)
}

function renderHtml(uri: string, entries: readonly Entry[], settings: ListingSettings): string {
  const title = escapeHtml(uri)
  let page = `<html>\r\n<head><title>Index of ${title}</title></head>\r\n<body>\r\n<h1>Index of ${title}</h1>`
  page += '<hr><pre><a href="../">../</a>\r\n'
  for (const entry of entries) page += renderLine(entry, settings)
  return page + '</pre><hr></body>\r\n</html>\r\n'
}

const NAME_WIDTH = 50

function renderLine({ name, directory, size, modified }: Entry, settings: ListingSettings): string {
  const slash = directory ? '/' : ''
  const long = name.length > NAME_WIDTH
  const shown = long ? `${escapeHtml(name.slice(0, NAME_WIDTH - 3))}..&gt;` : escapeHtml(name)
  const shownSlash = !long && directory && name.length < NAME_WIDTH ? '/' : ''
  const pad = ' '.repeat(long ? 0 : NAME_WIDTH - name.length - shownSlash.length)
  const time = dayAndTime(modified, settings.autoindexLocaltime)
  const bytes = settings.autoindexExactSize ? exactSize(directory, size) : roundSize(directory, size)
  return `<a href="${escapeComponent(name)}${slash}">${shown}${shownSlash}</a>${pad} ${time} ${bytes}\r\n`
}

function exactSize(directory: boolean, size: number): string {
  return (directory ? '-' : String(size)).padStart(19)
}

const SCALES: readonly (readonly [unit: number, letter: string])[] = [
  [1024 ** 3, 'G'],
  [1024 ** 2, 'M'],
]

/** Four digits of bytes are still told as they are. */
function roundSize(directory: boolean, size: number): string {
  if (directory) return '      -'
  for (const [unit, letter] of SCALES) if (size >= unit) return String(Math.round(size / unit)).padStart(6) + letter
  return size > 9999 ? String(Math.round(size / 1024)).padStart(6) + 'K' : String(size).padStart(7)
}

function dayAndTime(seconds: number, local: boolean): string {
  const date = new Date(seconds * 1000)
  if (local) date.setMinutes(date.getMinutes() - date.getTimezoneOffset())
  // "Sun, 22 Nov 2026 15:54:03 GMT" has every piece of "22-Nov-2026 15:54" in it.
  const text = date.toUTCString()
  return `${text.slice(5, 7)}-${text.slice(8, 11)}-${text.slice(12, 16)} ${text.slice(17, 22)}`
}

function renderXml(entries: readonly Entry[]): string {
  let text = '<?xml version="1.0"?>\r\n<list>\r\n'
  for (const entry of entries) {
    const kind = kindOf(entry)
    const time = new Date(entry.modified * 1000).toISOString().slice(0, 19)
    const size = entry.file ? ` size="${entry.size}"` : ''
    text += `<${kind} mtime="${time}Z"${size}>${escapeHtml(entry.name)}</${kind}>\r\n`
  }
  return text + '</list>\r\n'
}

function renderJson(entries: readonly Entry[]): string {
  const lines = entries.map(entry => {
    const time = new Date(entry.modified * 1000).toUTCString()
    const size = entry.file ? `, "size":${entry.size}` : ''
    return `\r\n{ "name":${JSON.stringify(entry.name)}, "type":"${kindOf(entry)}", "mtime":"${time}"${size} }`
  })
  return `[${lines.join(',')}\r\n]`
}

function kindOf({ directory, file }: Entry): string {
  return directory ? 'directory' : file ? 'file' : 'other'
}
