/** The fields every HPACK peer knows (RFC 7541, Appendix A), by their index from 1. */
import { HeaderField } from './header-field.ts'

const LINES = `:authority
:method GET
:method POST
:path /
:path /index.html
:scheme http
:scheme https
:status 200
:status 204
:status 206
:status 304
:status 400
:status 404
:status 500
accept-charset
accept-encoding gzip, deflate
accept-language
accept-ranges
accept
access-control-allow-origin
age
allow
authorization
cache-control
content-disposition
content-encoding
content-language
content-length
content-location
content-range
content-type
cookie
date
etag
expect
expires
from
host
if-match
if-modified-since
if-none-match
if-range
if-unmodified-since
last-modified
link
location
max-forwards
proxy-authenticate
proxy-authorization
range
referer
refresh
retry-after
server
set-cookie
strict-transport-security
transfer-encoding
user-agent
vary
via
www-authenticate`

/** Index 0 is nobody's. */
export const staticFields: readonly HeaderField[] = [
  new HeaderField('', ''),
  ...LINES.split('\n').map(line => {
    const at = line.indexOf(' ')
    return at < 0 ? new HeaderField(line, '') : new HeaderField(line.slice(0, at), line.slice(at + 1))
  }),
]

export const STATIC_SIZE = 61

/** The first index with that name. */
export const staticNames: ReadonlyMap<string, number> = new Map(
  [...staticFields.entries()].reverse().map(([index, field]) => [field.name, index]),
)
