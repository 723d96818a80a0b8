/** evenkeel as `-p PREFIX -c nginx.conf -e error.log` starts it, with workers that can be told to die, or to do nothing for ever. */
import { existsSync } from 'node:fs'
import { choosePaths } from '../../src/control/files/paths.ts'
import { Signals } from '../../src/control/signals.ts'
import { startProcess } from '../../src/control/supervisor.ts'

const prefix = process.argv[3]!
const supervisor = await startProcess({
  source: { paths: choosePaths({ prefix, file: null, errorLog: 'error.log' }, '/', existsSync), globals: null },
  say: text => void process.stderr.write(`${text}\n`),
  signals: new Signals(),
  stallSeconds: Number(process.env['STALL_SECONDS']),
  workerUrl: new URL('./mortal-worker.ts', import.meta.url),
})
process.exit(supervisor === null ? 1 : await supervisor.ended)
