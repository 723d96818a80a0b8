/**
 * The files of `state`: the servers of an upstream as the API has left them, as `server` lines. Read with the
 * configuration, written whole at each change.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { diskFiles } from '../../config/nginx/disk.ts'
import type { Problem } from '../../config/nginx/problems.ts'
import { readConfiguration } from '../../config/nginx/read.ts'
import { systemErrorCode, systemErrorText } from '../../log/system-error.ts'
import type { HttpModel, Model, ServerLine, UpstreamModel } from '../../model/model.ts'
import { onDisk, under } from './paths.ts'

export interface WithStates {
  readonly model: Model
  readonly problems: readonly Problem[]
  readonly files: readonly { readonly path: string; readonly text: string }[]
}

/** The model with the servers that its state files name; a file that is not there yet names none. */
export function readStates(model: Model, prefix: string): WithStates {
  const problems: Problem[] = []
  const files: { path: string; text: string }[] = []
  const read = (upstream: UpstreamModel): UpstreamModel => {
    if (upstream.stateFile === undefined) return upstream
    const path = under(prefix, upstream.stateFile)
    const text = readText(path)
    if ('problem' in text)
      problems.push({ level: 'emerg', message: text.problem, position: { file: path, line: 0, column: 0 } })
    if ('problem' in text || text.text.trim() === '') return upstream
    files.push({ path, text: text.text })
    // What else would be refused without it stands where it was written, in the block itself.
    const block = `upstream state { resolver 127.0.0.1; ${text.text}\n}`
    const found = readConfiguration({ path, text: block, prefix, files: diskFiles })
    problems.push(...found.problems)
    return { ...upstream, servers: found.model?.http?.upstreams[0]?.servers ?? [] }
  }
  const { http, stream } = model
  const whole = {
    ...model,
    http: http === null ? null : ({ ...http, upstreams: http.upstreams.map(read) } satisfies HttpModel),
    ...(stream === undefined ? {} : { stream: { ...stream, upstreams: stream.upstreams.map(read) } }),
  }
  return { model: whole, problems, files }
}

/** null, or why it could not be written. */
export function writeState({ stateFile, servers }: UpstreamModel, prefix: string): string | null {
  if (stateFile === undefined) return null
  const path = under(prefix, stateFile)
  try {
    // A crash leaves the one before or this one, whole.
    writeFileSync(onDisk(`${path}.new`), servers.map(line => `${serverText(line)}\n`).join(''), { mode: 0o600 })
    renameSync(onDisk(`${path}.new`), onDisk(path))
    return null
  } catch (error) {
    return `state file "${path}" could not be written (${systemErrorText(error)})`
  }
}

/** As it would be written in a configuration. */
export function serverText(line: ServerLine): string {
  const words = [
    'server',
    line.text,
    ...(line.weight === 1 ? [] : [`weight=${line.weight}`]),
    ...(line.maxConns === 0 ? [] : [`max_conns=${line.maxConns}`]),
    ...(line.maxFails === 1 ? [] : [`max_fails=${line.maxFails}`]),
    ...(line.failTimeoutSeconds === 10 ? [] : [`fail_timeout=${line.failTimeoutSeconds}s`]),
    ...((line.slowStartMs ?? 0) === 0 ? [] : [`slow_start=${line.slowStartMs}ms`]),
    ...(line.route === undefined ? [] : [`route=${line.route}`]),
    ...(line.priority === undefined ? [] : [`priority=${line.priority}`]),
    ...(line.zone === undefined ? [] : [`zone=${line.zone}`]),
    ...(line.service === undefined ? [] : [`service=${line.service}`]),
    ...(line.backup ? ['backup'] : []),
    ...(line.down ? ['down'] : []),
    ...(line.drain === true ? ['drain'] : []),
    ...(line.resolve === true ? ['resolve'] : []),
  ]
  return `${words.join(' ')};`
}

function readText(path: string): { readonly text: string } | { readonly problem: string } {
  try {
    return { text: readFileSync(onDisk(path), 'latin1') }
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return { text: '' }
    return { problem: `open() "${path}" failed (${systemErrorText(error)})` }
  }
}
