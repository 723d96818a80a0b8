/** Settings of tunnels for CONNECT (tunnel_pass). Times in milliseconds. */
import type { Template } from '../template.ts'

export interface TunnelModelSettings {
  tunnelConnectTimeout: number
  /** How long nothing may move in either direction. */
  tunnelReadTimeout: number
  tunnelNextUpstream: readonly ('error' | 'timeout' | 'off')[]
  /** 0: as many as there are peers. */
  tunnelNextUpstreamTries: number
  /** 0: no limit. */
  tunnelNextUpstreamTimeout: number
  tunnelSocketKeepalive: boolean
  /** Source address of connections; null: the system's choice. */
  tunnelBind: Template | null
}

export const tunnelDefaults: TunnelModelSettings = {
  tunnelConnectTimeout: 60_000,
  tunnelReadTimeout: 60_000,
  tunnelNextUpstream: ['error', 'timeout'],
  tunnelNextUpstreamTries: 0,
  tunnelNextUpstreamTimeout: 0,
  tunnelSocketKeepalive: false,
  tunnelBind: null,
}
