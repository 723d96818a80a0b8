/** Proxies from npm, each in the few lines its own documentation shows, over three origins in turn. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Peer } from './peer.ts'

const packages = ['http-proxy-3', 'fast-proxy', 'httpxy', '@fastify/http-proxy']

export function nodeProxies(): Peer[] {
  return packages.map(name => {
    const script = resolve(import.meta.dirname, 'node', `${name.replace(/^@fastify\//, 'fastify-')}.mjs`)
    const installed = existsSync(resolve(import.meta.dirname, '../node_modules', name))
    return {
      name: name.replace(/^@/, ''),
      kind: 'node',
      shapes: ['plain'],
      missing: installed ? undefined : 'run npm --prefix bench ci',
      versionCommand: [
        process.execPath,
        '-p',
        `require('${resolve(import.meta.dirname, '../node_modules', name, 'package.json')}').version`,
      ],
      launch: setup => ({
        command: [process.execPath, script, String(setup.port), ...setup.origins.map(String)],
        files: {},
      }),
    }
  })
}
