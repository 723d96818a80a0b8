/** What is told of requests in development. */
import { choice, type Directive } from '../table.ts'

export const explainDirectives: readonly Directive[] = [
  choice(
    'explain',
    'explain',
    { on: 'on', off: 'off', header: 'header' },
    'off',
    'Keeps what became of each request for the API to tell, by its $request_id; with `header` also in responses to requests with a field X-Evenkeel-Explain. For development. Only in evenkeel.',
  ),
]
