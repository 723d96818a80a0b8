/**
 * The handshake of WebSocket (RFC 6455, 4), as far as who stands between has to know it: a request without a key is no
 * handshake, and a 101 that does not prove to have read that key comes from somebody who speaks something else. Passed
 * on, both would leave client and origin with different ideas of what the bytes after it are, which is how requests are
 * smuggled past a proxy.
 */
import { hash } from 'node:crypto'
import type { RequestHead, ResponseHead } from '../../exchange/head.ts'

/** Whether it asks for WebSocket, without the key that it needs: 16 bytes in Base64. */
export function lacksKey(sent: RequestHead): boolean {
  const { fields } = sent
  return isWebSocket(fields.get('upgrade')) && !KEY.test(fields.get('sec-websocket-key') ?? '')
}

/** Whether the 101 answers the key of that request; other protocols prove nothing. */
export function provesKey(sent: RequestHead, { fields, upgrade }: ResponseHead): boolean {
  if (!isWebSocket(sent.fields.get('upgrade'))) return true
  const key = sent.fields.get('sec-websocket-key') ?? ''
  return isWebSocket(upgrade) && fields.get('sec-websocket-accept') === hash('sha1', key + GUID, 'base64')
}

function isWebSocket(protocol: string | undefined): boolean {
  return protocol !== undefined && protocol.length === 9 && protocol.toLowerCase() === 'websocket'
}

const KEY = /^[A-Za-z0-9+/]{22}==$/
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
