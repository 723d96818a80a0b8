/** Fastify: the reply is taken over, and bodies are left alone for what goes to the balancer. */
import Fastify, { type FastifyInstance } from 'fastify'
import type { Balancer } from 'evenkeel'

export function fastifyApp(balancer: Balancer): FastifyInstance {
  const app = Fastify()
  app.get('/own', () => 'fastify\n')
  // In a scope of its own, so that other routes keep their parsers.
  void app.register((scope, _, done) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, _body, parsed) => parsed(null))
    scope.all('/api/*', (request, reply) => {
      reply.hijack()
      balancer.handler(request.raw, reply.raw)
    })
    done()
  })
  return app
}
