/**
 * Answers the questions of clients that workers pass on: the API and metrics. What goes wrong here is an answer of its
 * own: nothing that a client asks may harm the main thread.
 */
import type { Answer, Question } from '../../worker/messages.ts'
import { answerApi, type ApiPorts } from '../api/answer.ts'
import { json } from '../api/answers.ts'
import { CONTENT_TYPE } from '../metrics/exposition.ts'
import { metricsText } from '../metrics/metrics.ts'

export interface StatusPorts extends ApiPorts {
  readonly log: (text: string) => void
}

export function answerStatus(question: Question, ports: StatusPorts): Answer {
  try {
    if (question.about === 'metrics') return { status: 200, type: CONTENT_TYPE, body: metricsText(ports.view) }
    return answerApi(question, ports)
  } catch (error) {
    ports.log(`a bug of evenkeel: ${question.method} ${question.path}: ${String(error)}`)
    return json({ error: { status: 500, text: 'internal error', code: 'InternalError' } }, 500)
  }
}
