/** All directives, by name. A name may have several rows, for different places. */
import type { Directive } from '../table.ts'
import { acmeDirectives } from './acme.ts'
import { tracingDirectives } from './tracing.ts'
import { accessDirectives } from './access.ts'
import { answerDirectives } from './answers.ts'
import { authDirectives } from './auth.ts'
import { bodyDirectives } from './body.ts'
import { cacheDirectives } from './cache.ts'
import { clientDirectives } from './client.ts'
import { clientDataDirectives } from './client-data.ts'
import { codeDirectives } from './code.ts'
import { compressionDirectives } from './compression.ts'
import { dashboardDirectives } from './dashboard.ts'
import { fileDirectives } from './files.ts'
import { forwardedDirectives } from './forwarded.ts'
import { grpcDirectives } from './grpc.ts'
import { healthDirectives } from './health.ts'
import { http2Directives } from './http2.ts'
import { alsoInStream, streamIgnoredDirectives, streamMethodDirectives } from './in-stream.ts'
import { ignoredDirectives } from './ignored.ts'
import { explainDirectives } from './explain.ts'
import { faultDirectives } from './fault.ts'
import { limitDirectives } from './limits.ts'
import { linkDirectives } from './links.ts'
import { logDirectives } from './logs.ts'
import { mainDirectives } from './main.ts'
import { overloadDirectives } from './overload.ts'
import { mapDirectives } from './map.ts'
import { retryPaceDirectives } from './passive.ts'
import { proxyDirectives } from './proxy.ts'
import { proxyPassDirectives } from './proxy-pass.ts'
import { grpcSslDirectives, proxySslDirectives } from './proxy-ssl.ts'
import { proxyRuleDirectives } from './proxy-rules.ts'
import { realipDirectives } from './realip.ts'
import { rewriteDirectives } from './rewrite.ts'
import { serverDirectives } from './server.ts'
import { streamDirectives } from './stream.ts'
import { statusDirectives } from './status.ts'
import { tlsDirectives } from './tls.ts'
import { subrequestDirectives } from './subrequests.ts'
import { tunnelDirectives } from './tunnel.ts'
import { upstreamDirectives } from './upstream.ts'
import { useridDirectives } from './userid.ts'

interface Group {
  readonly title: string
  readonly rows: readonly Directive[]
}

const groups: readonly Group[] = [
  { title: 'Process', rows: [...mainDirectives, ...overloadDirectives] },
  { title: 'Servers and locations', rows: serverDirectives },
  { title: 'Upstreams', rows: upstreamDirectives },
  { title: 'Health checks', rows: healthDirectives },
  {
    title: 'Forwarding',
    rows: [
      ...proxyPassDirectives,
      ...proxyDirectives,
      ...retryPaceDirectives,
      ...proxyRuleDirectives,
      ...forwardedDirectives,
    ],
  },
  { title: 'Tunnels', rows: tunnelDirectives },
  { title: 'gRPC', rows: [...grpcDirectives, ...grpcSslDirectives] },
  { title: 'Caching', rows: cacheDirectives },
  { title: 'Clients', rows: clientDirectives },
  { title: 'HTTP/2', rows: http2Directives },
  { title: 'Answers', rows: answerDirectives },
  { title: 'Compression', rows: compressionDirectives },
  { title: 'Text of answers', rows: bodyDirectives },
  { title: 'Rewriting', rows: [...rewriteDirectives, ...mapDirectives, ...clientDataDirectives] },
  { title: 'Files', rows: fileDirectives },
  { title: 'TLS with clients', rows: tlsDirectives },
  { title: 'Traces', rows: tracingDirectives },
  { title: 'Certificates over ACME', rows: acmeDirectives },
  { title: 'TLS with origins', rows: proxySslDirectives },
  { title: 'Subrequests', rows: subrequestDirectives },
  {
    title: 'Access and names',
    rows: [...accessDirectives, ...realipDirectives, ...authDirectives, ...linkDirectives, ...useridDirectives],
  },
  { title: 'Limits', rows: limitDirectives },
  { title: 'Code', rows: [...codeDirectives, ...explainDirectives] },
  { title: 'Faults made on purpose', rows: faultDirectives },
  { title: 'Logs', rows: logDirectives },
  { title: 'Dashboard', rows: dashboardDirectives },
  { title: 'TCP and UDP', rows: [...streamDirectives, ...streamMethodDirectives] },
  { title: 'API and metrics', rows: statusDirectives },
]

/** For documentation: the rows in groups. */
export const directiveGroups: readonly Group[] = groups.map(group => ({ ...group, rows: alsoInStream(group.rows) }))

export const directives: ReadonlyMap<string, readonly Directive[]> = Map.groupBy(
  [...directiveGroups.flatMap(group => group.rows), ...alsoInStream(ignoredDirectives), ...streamIgnoredDirectives],
  row => row.name,
)
