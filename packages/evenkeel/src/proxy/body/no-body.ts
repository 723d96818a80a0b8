import type { RequestBody } from '../../exchange/request-body.ts'
import { settledSource } from '../../exchange/sink.ts'

/** Requests without a body share this one. */
export const noBody: RequestBody = {
  length: 0,
  collected: true,
  spent: false,
  file: '',
  collect: done => done(null),
  sendTo(sink) {
    sink.end()
    return settledSource
  },
  bytes: () => undefined,
  discard() {},
}
