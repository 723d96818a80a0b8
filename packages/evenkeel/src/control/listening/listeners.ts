/**
 * The addresses a model listens on, and whether they can be had. Workers bind with SO_REUSEPORT, and that alone would
 * share a port with another process of the same user in silence; so each address is tried with a plain bind first.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { ListenAddress, Model } from '../../model/model.ts'
import { probePort } from '../../net/listen.ts'
import { probeUdpPort } from '../../net/udp.ts'
import { systemErrorCode, systemErrorText } from '../../log/system-error.ts'

/** Each address once, in the order written. */
export function listenAddresses(model: Model): ListenAddress[] {
  const found = new Map<string, ListenAddress>()
  for (const server of model.http?.servers ?? []) {
    for (const { address } of server.listens) found.set(addressText(address), address)
  }
  for (const server of model.stream?.servers ?? []) {
    for (const { address, udp } of server.listens) if (udp !== true) found.set(addressText(address), address)
  }
  return [...found.values()]
}

/** The same of those for datagrams, whose ports are others. */
export function datagramAddresses(model: Model): ListenAddress[] {
  const found = new Map<string, ListenAddress>()
  for (const server of model.stream?.servers ?? []) {
    for (const { address, udp } of server.listens) if (udp === true) found.set(addressText(address), address)
  }
  return [...found.values()]
}

/** As nginx writes it: `0.0.0.0:80`, `[::]:80`, `unix:/run/x.sock`. */
export function addressText(address: ListenAddress): string {
  if ('path' in address) return `unix:${address.path}`
  if (address.host === '*') return `0.0.0.0:${address.port}`
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`
}

export interface BindTrouble {
  /** `EADDRINUSE`, … */
  readonly code: string
  /** `bind() to 0.0.0.0:80 failed (98: Address already in use)` */
  readonly text: string
}

/** What keeps these addresses from being had; empty: nothing. */
export async function probeAll(
  addresses: readonly ListenAddress[],
  datagrams: readonly ListenAddress[] = [],
): Promise<BindTrouble[]> {
  const troubles: BindTrouble[] = []
  const probes = [
    ...addresses.map(address => ({ address, probe: probePort })),
    ...datagrams.map(address => ({ address, probe: probeUdpPort })),
  ]
  for (const { address, probe } of probes) {
    const error = await probe(address)
    if (error === null) continue
    const code = systemErrorCode(error)
    troubles.push({ code, text: `bind() to ${addressText(address)} failed (${systemErrorText(error)})` })
  }
  return troubles
}

/**
 * The same with nginx's patience: who is restarted finds its old self still holding the port for a moment. `tell`
 * hears of every try; true: all can be had.
 */
export async function waitForAddresses(
  addresses: readonly ListenAddress[],
  tries: number,
  tell: (level: 'emerg' | 'notice', text: string) => void,
  datagrams: readonly ListenAddress[] = [],
): Promise<boolean> {
  for (let left = tries; ; left--) {
    const troubles = await probeAll(addresses, datagrams)
    for (const { text } of troubles) tell('emerg', text)
    if (troubles.length === 0) return true
    if (left <= 1 || troubles.some(({ code }) => code !== 'EADDRINUSE')) break
    tell('notice', `try again to bind() after ${PAUSE_MS}ms`)
    await wait(PAUSE_MS)
  }
  tell('emerg', 'still could not bind()')
  return false
}

const PAUSE_MS = 500

/** What nginx listens on when a server names nothing. */
export function usualAddress(): ListenAddress {
  return { host: '*', port: process.getuid?.() === 0 ? 80 : 8000 }
}
