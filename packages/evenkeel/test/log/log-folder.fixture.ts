/** A folder of its own for each test, and log files in it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { LogFiles } from '../../src/log/files.ts'
import type { WriterOptions } from '../../src/log/writer.ts'
import { NOW, table } from '../../src/route/exchange.fixture.ts'

export interface LogFolder {
  readonly files: LogFiles
  readonly options: WriterOptions
  /** What was complained about. */
  readonly troubles: string[]
  path(name: string): string
  read(name: string): string
}

export function logFolder(t: TestContext): LogFolder {
  const folder = mkdtempSync(join(tmpdir(), 'keel-log-'))
  const troubles: string[] = []
  const options = { now: () => NOW, onTrouble: (text: string) => void troubles.push(text) }
  const files = new LogFiles({ ...options, hostname: 'box', time: table().time })
  t.after(async () => {
    await files.closeAll()
    rmSync(folder, { recursive: true })
  })
  const path = (name: string): string => `${folder}/${name}`
  return { files, options, troubles, path, read: name => readFileSync(path(name), 'latin1') }
}
