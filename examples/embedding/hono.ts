/** Hono, and whatever else speaks in web-standard Requests: route handlers of Next (`export const GET = …`), Bun, Deno. */
import { Hono } from 'hono'
import type { Balancer } from 'evenkeel'

export function honoApp(balancer: Balancer): Hono {
  const app = new Hono()
  app.get('/own', context => context.text('hono\n'))
  app.all('/api/*', context => balancer.fetch(context.req.raw))
  return app
}
