/** Variables about the process, the machine and the time. */
import { toByteText } from '../byte-text.ts'
import type { ConnectionCounts } from '../ports.ts'
import { seconds } from '../time-text.ts'
import type { SharedMaker } from './variable-maker.ts'

/** Version of the configuration language, which is what configurations ask $nginx_version for. */
const LANGUAGE = '1.31.5'

export const processVariables: Readonly<Record<string, SharedMaker>> = {
  hostname: ({ table }) => constant(toByteText(table.ports.hostname)),
  pid: ({ table }) => constant(String(table.ports.pid)),
  nginx_version: () => constant(LANGUAGE),
  msec: ({ table }) => {
    const { now } = table.ports
    return () => seconds(now())
  },
  time_local: ({ table }) => {
    const { time } = table
    return () => time.local()
  },
  time_iso8601: ({ table }) => {
    const { time } = table
    return () => time.iso8601()
  },
  request_id: ({ table }) => {
    const index = table.indexOf('request_id')
    const { random32 } = table.ports
    return exchange => {
      const kept = exchange.values?.[index]
      if (kept !== undefined) return kept
      const id = hex(random32()) + hex(random32()) + hex(random32()) + hex(random32())
      table.write(exchange, index, id)
      return id
    }
  },
  connections_active: count('active'),
  connections_reading: count('reading'),
  connections_writing: count('writing'),
  connections_waiting: count('waiting'),
}

function constant(text: string): () => string {
  return () => text
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0')
}

function count(name: keyof ConnectionCounts): SharedMaker {
  return ({ table }) => {
    const { connections } = table.ports
    return () => String(connections()[name])
  }
}
