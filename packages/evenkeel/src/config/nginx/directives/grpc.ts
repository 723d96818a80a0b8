/** gRPC: who answers, and how calls are forwarded. Each directive means what the proxy_ one of its name does. */
import type { ContentModel } from '../../../model/model.ts'
import { readAddress } from '../addresses.ts'
import type { Statement } from '../parser.ts'
import type { Draft, Place } from '../place.ts'
import { ANY, everywhere, flag, mask, milliseconds, number, row, size, type Directive } from '../table.ts'
import { CONDITIONS, fields, readBind, readNextUpstream } from './proxy.ts'
import { proxyHost } from './proxy-pass.ts'

const IGNORABLE = [
  'X-Accel-Redirect',
  'X-Accel-Expires',
  'X-Accel-Limit-Rate',
  'X-Accel-Buffering',
  'X-Accel-Charset',
  'Expires',
  'Cache-Control',
  'Set-Cookie',
  'Vary',
]

export const grpcDirectives: readonly Directive[] = [
  {
    ...row(
      'grpc_pass',
      ['location', 'if in location'],
      '[grpc:// | grpcs://]address',
      null,
      'The upstream or gRPC server that calls are forwarded to, over HTTP/2.',
    ),
    apply: readGrpcPass,
  },
  {
    ...row('grpc_bind', everywhere, 'address | off', null, 'Source address of connections to gRPC servers.'),
    arguments: [1, 2],
    apply: readBind('grpcBind'),
  },
  size('grpc_buffer_size', 'grpcBufferSize', '4k', 'Largest head of a response of a gRPC server.'),
  milliseconds('grpc_connect_timeout', 'grpcConnectTimeout', '60s', 'Time to connect to a gRPC server.'),
  flag(
    'grpc_error_status',
    'grpcErrorStatus',
    'off',
    'Whether errors of evenkeel itself are told to gRPC clients as grpc-status. Only in evenkeel.',
  ),
  fields('grpc_hide_header', 'grpcHideHeader', 'Field of responses of gRPC servers that is not passed on.'),
  mask(
    'grpc_ignore_headers',
    'grpcIgnoreHeaders',
    IGNORABLE,
    'none',
    'Fields of responses of gRPC servers that have no effect here.',
  ),
  flag(
    'grpc_intercept_errors',
    'grpcInterceptErrors',
    'off',
    'Whether error_page replaces error responses of gRPC servers.',
  ),
  {
    ...row(
      'grpc_next_upstream',
      everywhere,
      `${CONDITIONS.join(' | ')} ...`,
      'error timeout',
      'When a call is passed to the next gRPC server.',
    ),
    arguments: [1, ANY],
    apply: readNextUpstream('grpcNextUpstream'),
  },
  milliseconds(
    'grpc_next_upstream_timeout',
    'grpcNextUpstreamTimeout',
    '0',
    'Longest time to try gRPC servers; 0: no limit.',
  ),
  number('grpc_next_upstream_tries', 'grpcNextUpstreamTries', '0', 'Most gRPC servers tried; 0: all.'),
  fields(
    'grpc_pass_header',
    'grpcPassHeader',
    'Field of responses of gRPC servers that is passed on although it is hidden by default.',
  ),
  milliseconds('grpc_read_timeout', 'grpcReadTimeout', '60s', 'Time between two reads from a gRPC server.'),
  milliseconds('grpc_send_timeout', 'grpcSendTimeout', '60s', 'Time between two writes to a gRPC server.'),
  {
    ...row(
      'grpc_set_header',
      everywhere,
      'field value',
      null,
      'Field of calls to gRPC servers; an empty value leaves it out.',
    ),
    arguments: [2, 2],
    apply: (place, statement) => {
      const value = place.template(statement, 2)
      if (value !== null) place.append(statement, 'grpcSetHeader', { name: statement.words[1] ?? '', value })
    },
  },
  flag('grpc_web', 'grpcWeb', 'off', 'Whether calls of gRPC-Web are translated to gRPC. Only in evenkeel.'),
  flag('grpc_socket_keepalive', 'grpcSocketKeepalive', 'off', 'TCP keepalive probes to gRPC servers.'),
]

type FixedPass = Draft<Extract<ContentModel, { kind: 'proxy' }>['pass'] & { kind: 'fixed' }>

function readGrpcPass(place: Place, statement: Statement): void {
  if (place.holder.content?.kind === 'proxy') return place.failDirective(statement, 'is duplicate')
  const written = statement.words[1] ?? ''
  if (written.includes('$')) {
    const url = place.template(statement, 1)
    if (url === null) return
    place.holder.content = { kind: 'proxy', pass: { kind: 'variable', url, written }, protocol: 'grpc' }
    return place.mark('content', statement.position)
  }
  const [prefix = '', scheme = ''] = /^(grpcs?):\/\//i.exec(written) ?? []
  const secure = scheme.toLowerCase() === 'grpcs'
  const standardPort = secure ? 443 : 80
  const url = written.slice(prefix.length)
  const address = readAddress(url, { defaultPort: standardPort })
  if (typeof address === 'string') return place.fail(statement, 1, `${address} in upstream "${url}"`)
  const pass: FixedPass = {
    kind: 'fixed',
    scheme: secure ? 'https' : 'http',
    upstream: '',
    host: proxyHost(address, standardPort),
    port: address.kind === 'tcp' ? String(address.port) : '',
    uri: null,
    written,
  }
  place.holder.content = { kind: 'proxy', pass, protocol: 'grpc' }
  place.mark('content', statement.position)
  place.reading.passes.push({ pass, address, position: statement.position })
}
