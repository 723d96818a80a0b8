/** Conformance, RFC 9113, sections 7 and 8: error codes nobody knows, and what a request must look like. */
import { PROTOCOL_ERROR, frameTypes as types } from '../../src/wire/http2/codes.ts'
import { rstFrame } from '../../src/wire/http2/frame-writer.ts'
import { block, data, frame, request, type Fields } from './client.ts'
import { allowed, headers, post, streamErrors } from './conformance-stage.ts'

const malformed = (...more: Fields): string => headers(1, true, block(request('/', 'GET', more)))
const pseudo = (...fields: Fields): string => headers(1, true, block(fields))
const [method, scheme, path, authority] = request() as Fields

allowed([
  ['7', 'GOAWAY with an error nobody knows', frame(types.goaway, 0, 0, '\0\0\0\0\0\0\0\xff')],
  ['7', 'RST_STREAM with an error nobody knows', headers(1, false, post()) + rstFrame(1, 0xff)],
  ['8.1', 'HEAD', headers(1, true, block(request('/', 'HEAD')))],
  ['8.1', 'POST', headers(1, false, post()) + data(1, 'test', true)],
  [
    '8.2.3',
    'a cookie in crumbs',
    headers(
      1,
      true,
      block(
        request('/', 'GET', [
          ['cookie', 'a=1'],
          ['cookie', 'b=2'],
        ]),
      ),
    ),
  ],
  ['8.1', 'trailers', headers(1, false, post()) + data(1, 'x') + headers(1, true, block([['x-trailer', 'y']]))],
  [
    '8.1.1',
    'a body as long as announced',
    headers(1, false, post([['content-length', '3']])) + data(1, 'ab') + data(1, 'c', true),
  ],
  ['8.2.2', 'TE: trailers', headers(1, true, block(request('/', 'GET', [['te', 'trailers']])))],
])

streamErrors([
  ['8.2.1', 'a control in a value', malformed(['x-test', 'a\nb']), PROTOCOL_ERROR],
  ['8.2.1', 'a colon in a name', malformed(['x:test', 'a']), PROTOCOL_ERROR],
  ['8.2.2', 'Transfer-Encoding', malformed(['transfer-encoding', 'chunked']), PROTOCOL_ERROR],
  ['8.2.2', 'Upgrade', malformed(['upgrade', 'websocket']), PROTOCOL_ERROR],
  ['8.2.2', 'Keep-Alive', malformed(['keep-alive', 'timeout=5']), PROTOCOL_ERROR],
  ['8.2.2', 'Proxy-Connection', malformed(['proxy-connection', 'close']), PROTOCOL_ERROR],
  ['8.3.1', 'neither :authority nor Host', pseudo(method!, scheme!, path!), PROTOCOL_ERROR],
  ['8.3.1', 'Host that differs from :authority', malformed(['host', 'elsewhere']), PROTOCOL_ERROR],
  [
    '8.1',
    'a second HEADERS that does not end the stream',
    headers(1, false, post()) + headers(1, false, block([['a', 'b']])),
    PROTOCOL_ERROR,
  ],
  [
    '8.1',
    'pseudo-headers in trailers',
    headers(1, false, post()) + headers(1, true, block([[':method', 'GET']])),
    PROTOCOL_ERROR,
  ],
  ['8.2.1', 'a name with capitals', malformed(['X-Test', 'ok']), PROTOCOL_ERROR],
  ['8.2.2', 'a Connection field', malformed(['connection', 'keep-alive']), PROTOCOL_ERROR],
  ['8.2.2', 'TE with more than trailers', malformed(['te', 'trailers, deflate']), PROTOCOL_ERROR],
  ['8.3', 'an unknown pseudo-header', malformed([':test', 'ok']), PROTOCOL_ERROR],
  ['8.3', 'a pseudo-header of responses', malformed([':status', '200']), PROTOCOL_ERROR],
  ['8.3', 'a pseudo-header behind a field', pseudo(method!, ['x', 'y'], scheme!, path!, authority!), PROTOCOL_ERROR],
  ['8.3.1', 'an empty :path', pseudo(method!, scheme!, [':path', ''], authority!), PROTOCOL_ERROR],
  ['8.3.1', 'no :method', pseudo(scheme!, path!, authority!), PROTOCOL_ERROR],
  ['8.3.1', 'no :scheme', pseudo(method!, path!, authority!), PROTOCOL_ERROR],
  ['8.3.1', 'no :path', pseudo(method!, scheme!, authority!), PROTOCOL_ERROR],
  ['8.3.1', 'two :method', pseudo(method!, method!, scheme!, path!, authority!), PROTOCOL_ERROR],
  ['8.3.1', 'two :scheme', pseudo(method!, scheme!, scheme!, path!, authority!), PROTOCOL_ERROR],
  ['8.3.1', 'two :path', pseudo(method!, scheme!, path!, path!, authority!), PROTOCOL_ERROR],
  [
    '8.1.1',
    'a body shorter than announced',
    headers(1, false, post([['content-length', '9']])) + data(1, 'test', true),
    PROTOCOL_ERROR,
  ],
  [
    '8.1.1',
    'a body longer than announced',
    headers(1, false, post([['content-length', '1']])) + data(1, 'test', true),
    PROTOCOL_ERROR,
  ],
  [
    '8.1.1',
    'frames that are longer together than announced',
    headers(1, false, post([['content-length', '5']])) + data(1, 'test') + data(1, 'test', true),
    PROTOCOL_ERROR,
  ],
  [
    '8.1.1',
    'a body where none was announced',
    headers(1, false, post([['content-length', '0']])) + data(1, 'x', true),
    PROTOCOL_ERROR,
  ],
  ['8.1.1', 'no body where one was announced', headers(1, true, post([['content-length', '1']])), PROTOCOL_ERROR],
])
