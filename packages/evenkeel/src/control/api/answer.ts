/**
 * One request of the API to its answer. Pure but for what it is given: the view it reads, and what changes servers.
 */
import type { Answer, Question } from '../../worker/messages.ts'
import type { View } from '../status/view.ts'
import { ApiError, errorAnswer, json, notFound } from './answers.ts'
import type { FaultShares } from './fault-shares.ts'
import { openApi } from './openapi.ts'
import { matchPath, readResource, resourcePaths, type Resource } from './resources.ts'
import type { ServerChanges } from './server-changes.ts'

export interface ApiPorts {
  readonly view: View
  readonly changes: ServerChanges
  readonly faults: FaultShares
}

/** The shapes are those of version 9, of which the ones before are parts. */
const VERSIONS: readonly number[] = [4, 5, 6, 7, 8, 9]

type ApiQuestion = Pick<Question, 'method' | 'path' | 'query' | 'body' | 'write' | 'prefix' | 'address'>

export function answerApi(question: ApiQuestion, ports: ApiPorts): Answer {
  try {
    return answer(question, ports)
  } catch (error) {
    if (error instanceof ApiError) return errorAnswer(error)
    throw error
  }
}

function answer(question: ApiQuestion, { view, changes, faults }: ApiPorts): Answer {
  const { method, query, address } = question
  const [version = '', ...rest] = question.path.replace(/^\/+|\/+$/g, '').split('/')
  const reads = method === 'GET' || method === 'HEAD'
  if (version === '') return reads ? json(VERSIONS) : refuseMethod()
  if (!/^[1-9]\d?$/.test(version)) throw notFound('PathNotFound', 'path not found')
  if (!VERSIONS.includes(Number(version))) throw notFound('UnknownVersion', 'unknown version')
  const path = rest.join('/')
  if (reads && path === 'openapi.json') return json(openApi())
  if (reads) return json(chosen(readResource(path, { view, address, faults }), query))

  const found = matchPath(path, WRITABLE)
  if (found === null) {
    if (matchPath(path, resourcePaths) === null) throw notFound('PathNotFound', 'path not found')
    return refuseMethod()
  }
  if (!question.write) refuseMethod()
  const [name = '', id] = found.names
  if (path.startsWith('faults/')) return method === 'PATCH' ? json(faults.change(name, question.body)) : refuseMethod()
  const side = path.startsWith('stream/') ? 'stream' : 'http'
  if (id === undefined && method === 'POST') {
    const { value, id: added } = changes.add(side, name, question.body)
    const location = `${question.prefix}/${version}/${side}/upstreams/${encodeURIComponent(name)}/servers/${added}/`
    return { ...json(value, 201), location }
  }
  if (id !== undefined && method === 'PATCH') return json(changes.change(side, name, id, question.body))
  if (id !== undefined && method === 'DELETE') return json(changes.remove(side, name, id))
  return refuseMethod()
}

const WRITABLE: readonly string[] = resourcePaths.filter(path => path.includes('/servers') || path === 'faults/*')

function refuseMethod(): never {
  throw new ApiError(405, 'MethodDisabled', 'method disabled')
}

/** What `fields` leaves of a value. */
function chosen({ shape, value }: Resource, query: string): unknown {
  const written = new URLSearchParams(query).get('fields')
  if (written === null || shape === 'names') return value
  const names = new Set(written.split(','))
  const pick = (one: unknown): unknown =>
    Object.fromEntries(Object.entries(one as object).filter(([name]) => names.has(name)))
  if (shape === 'object') return pick(value)
  if (shape === 'list') return (value as readonly unknown[]).map(pick)
  const entries = Object.entries(value as object)
  // No fields at all asks for the names alone.
  if (written === '') return entries.map(([name]) => name)
  return Object.fromEntries(entries.map(([name, one]) => [name, pick(one)]))
}
