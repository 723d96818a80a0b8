/** Express: what no location is for goes on to the next middleware. Before body parsers, which would eat the body. */
import express, { type Express } from 'express'
import type { Balancer } from 'evenkeel'

export function expressApp(balancer: Balancer): Express {
  const app = express()
  app.use(balancer.handler)
  app.use(express.json())
  app.get('/own', (_, response) => void response.send('express\n'))
  return app
}
