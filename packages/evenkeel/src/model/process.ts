/**
 * What a process does when nothing tells it otherwise.
 */
import type { ProcessModel } from './model.ts'

export const processDefaults: ProcessModel = {
  user: null,
  workers: 1,
  daemon: true,
  masterProcess: true,
  // Not nginx's name: both may run under one prefix, and neither must take the other's pid for its own.
  pid: 'logs/evenkeel.pid',
  maxOpenFiles: null,
  shutdownTimeoutMs: 0,
  errorLogs: [],
  environment: [],
}
