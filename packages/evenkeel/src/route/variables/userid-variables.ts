/**
 * The cookie that knows a browser again, as nginx gives it: 16 bytes that say who gave it and when, and are like no other.
 *
 * $uid_got is what the browser sent, $uid_set what it is given; both show the bytes as four numbers in hex, each the way
 * a little-endian machine reads it, because logs of years are joined on that spelling. A cookie is made when first asked
 * for, so that a log, an origin and the browser are told the same.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import type { Settings } from '../../model/settings.ts'
import { ipBytes } from '../../exchange/ip-address.ts'
import { FieldName, fieldValue } from '../field-value.ts'
import type { VariablePorts } from '../ports.ts'
import { cookie } from '../uri-args.ts'
import type { VariableMaker } from './variable-maker.ts'

const cookies = new FieldName('cookie')
/** 16 bytes in base64, less the padding. */
const LETTERS = 22

export const useridVariables: Readonly<Record<string, VariableMaker>> = {
  uid_got: ({ scope: { settings } }) => {
    if (settings === null || settings.userid === 'off') return () => undefined
    return exchange => {
      const bytes = idOf(sentCookie(exchange, settings))
      return bytes === undefined ? undefined : shown(settings, bytes)
    }
  },
  uid_set: ({ table, scope: { settings } }) => {
    if (settings === null || settings.userid === 'off' || settings.userid === 'log') return () => undefined
    const place = table.indexOf('uid_set')
    const reset = table.indexOf('uid_reset')
    return exchange => {
      const made = exchange.values?.[place]
      if (made !== undefined) return made === '' ? undefined : made
      const bytes = given(exchange, settings, isSet(exchange.values?.[reset]), table.ports)
      const text = bytes === undefined ? '' : shown(settings, bytes)
      table.write(exchange, place, text)
      return text === '' ? undefined : text
    }
  },
  uid_reset: ({ table }) => {
    const place = table.indexOf('uid_reset')
    return exchange => exchange.values?.[place] ?? ''
  },
}

/** The value that goes into the cookie for what $uid_set shows: `uid=0A0B…`. */
export function useridCookie(shownText: string): string {
  const hex = shownText.slice(shownText.lastIndexOf('=') + 1)
  return Buffer.from(hex, 'hex').swap32().toString('base64')
}

function given(exchange: Exchange, settings: Settings, reset: boolean, ports: VariablePorts): Buffer | undefined {
  const sent = sentCookie(exchange, settings)
  const known = idOf(sent)
  if (known === undefined || reset) return newId(exchange, settings, ports)
  const mark = settings.useridMark
  return mark === '' || sent!.slice(LETTERS, LETTERS + 2) === `${mark}=` ? undefined : known
}

function newId(exchange: Exchange, settings: Settings, ports: VariablePorts): Buffer {
  const bytes = Buffer.alloc(16)
  bytes.writeUInt32BE(settings.useridService ?? (settings.userid === 'v1' ? 0 : serverNumber(exchange)), 0)
  bytes.writeUInt32BE(Math.floor(ports.now() / 1000) >>> 0, 4)
  bytes.writeUInt32BE(ports.random32() >>> 0, 8)
  // The last byte tells the version, and that the whole is not 0, which would be no cookie.
  bytes.writeUInt32BE(((ports.random32() & ~0xff) | (settings.userid === 'v1' ? 1 : 2)) >>> 0, 12)
  return settings.userid === 'v1' ? bytes.swap32() : bytes
}

function serverNumber(exchange: Exchange): number {
  const bytes = Buffer.from(ipBytes(exchange.connection.localAddress) ?? '', 'latin1')
  return bytes.length < 4 ? 0 : bytes.readUInt32BE(bytes.length - 4)
}

function sentCookie(exchange: Exchange, settings: Settings): string | undefined {
  const field = fieldValue(exchange.request.fields, cookies, '; ')
  return field === undefined ? undefined : cookie(field, settings.useridName)
}

/** undefined: there is none, or it is none of ours. */
function idOf(sent: string | undefined): Buffer | undefined {
  if (sent === undefined || !/^[A-Za-z0-9+/]{22}/.test(sent)) return undefined
  const bytes = Buffer.from(sent.slice(0, LETTERS), 'base64')
  return bytes.length === 16 && bytes.readUInt32LE(12) !== 0 ? bytes : undefined
}

function shown(settings: Settings, bytes: Buffer): string {
  return `${settings.useridName}=${Buffer.from(bytes).swap32().toString('hex').toUpperCase()}`
}

function isSet(reset: string | undefined): boolean {
  return reset !== undefined && reset !== '' && reset !== '0'
}
