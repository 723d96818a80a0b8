/**
 * A plugin for the dev server of Vite: its own proxy, but with a balancer behind it. Requests and WebSockets that no
 * location is for stay with Vite. In vite.config.ts: `plugins: [evenkeel(await startBalancer([…]))]`.
 */
import type { Server } from 'node:http'
import type { Balancer } from 'evenkeel'

/** As much of Vite's server as is used here. */
interface DevServer {
  readonly middlewares: { use(handler: Balancer['handler']): unknown }
  readonly httpServer: Pick<Server, 'on'> | null
}

export function evenkeel(balancer: Balancer): { readonly name: string; configureServer(server: DevServer): void } {
  return {
    name: 'evenkeel',
    configureServer({ middlewares, httpServer }) {
      middlewares.use(balancer.handler)
      httpServer?.on('upgrade', (request, socket, head) => void balancer.upgrade(request, socket, head))
    },
  }
}
