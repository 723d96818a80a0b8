import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { HostsFile, readHosts } from './hosts-file.ts'

test('a line is an address with its names; comments, case and nonsense do not matter', () => {
  const names = readHosts('# all\n10.0.0.1\tDb db.test # main\n::2 db\nnonsense db\n10.0.0.1 db\n\n10.0.0.9\n')
  assert.deepEqual(
    [...names],
    [
      ['db', ['10.0.0.1', '::2']],
      ['db.test', ['10.0.0.1']],
    ],
  )
})

test('a file that changes, or is gone, is noticed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-'))
  try {
    const path = join(folder, 'hosts')
    const hosts = new HostsFile(path)
    assert.deepEqual(hosts.addresses('db'), [])
    writeFileSync(path, '10.0.0.1 db\n')
    assert.deepEqual(hosts.addresses('DB'), ['10.0.0.1'])
    writeFileSync(path, '10.0.0.1 db\n10.0.0.2 db\n')
    assert.deepEqual(hosts.addresses('db'), ['10.0.0.1', '10.0.0.2'])
    rmSync(path)
    assert.deepEqual(hosts.addresses('db'), [])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
