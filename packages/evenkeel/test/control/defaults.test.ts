/** What a configuration leaves unsaid. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diskFiles } from '../../src/config/nginx/disk.ts'
import { readConfiguration } from '../../src/config/nginx/read.ts'
import { fillDefaults } from '../../src/control/defaults.ts'
import { listenAddresses } from '../../src/control/listening/listeners.ts'

test('a server without listen is where nginx has it, and really listens there', () => {
  const text = 'server { location / { return 200; } } server { listen 81; }'
  const { model } = readConfiguration({ path: 'x', text, prefix: '/', files: diskFiles })
  const paths = { prefix: '/', confPrefix: '/', file: 'x', errorLog: 'stderr' }
  const full = fillDefaults(model!, paths, '/tmp/', () => false)
  const port = process.getuid?.() === 0 ? 80 : 8000
  assert.deepEqual(full.http?.servers[0]?.listens[0]?.address, { host: '*', port })
  assert.deepEqual(listenAddresses(full), [
    { host: '*', port },
    { host: '*', port: 81 },
  ])
})
