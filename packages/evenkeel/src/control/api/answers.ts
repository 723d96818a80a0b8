/**
 * Answers of the API: JSON, and errors in the form that clients of nginx's API parse. Their codes are nginx's.
 */
import type { Answer } from '../../worker/messages.ts'

export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, text: string) {
    super(text)
    this.status = status
    this.code = code
  }
}

/** What the API is documented by, for those who meet it first. */
export const HELP = 'https://nginx.org/en/docs/http/ngx_http_api_module.html'

export function json(value: unknown, status = 200): Answer {
  return { status, type: 'application/json', body: JSON.stringify(value) }
}

export function errorAnswer({ status, code, message }: ApiError): Answer {
  return json({ error: { status, text: message, code }, href: HELP }, status)
}

export function notFound(code: string, text: string): ApiError {
  return new ApiError(404, code, text)
}
