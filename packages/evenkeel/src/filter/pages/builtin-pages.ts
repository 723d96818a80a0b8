/**
 * The pages for answers that nobody else gives a body: one for each status, made once and kept as bytes.
 *
 * Their form is nginx's, since scripts and health checks out there look into it; only the name at the foot is ours.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import type { Fields } from '../../exchange/fields.ts'
import type { Reply } from '../../exchange/outcome.ts'
import { toldStatus } from './error-page.ts'

export class BuiltinPages {
  readonly #foot: string
  readonly #padding: boolean
  /** Filled as they are needed: most of them never are. */
  readonly #plain = new Map<number, Buffer>()
  readonly #padded = new Map<number, Buffer>()

  /** `token` is what the foot says: `evenkeel/0.1.0`, or `evenkeel` alone with server_tokens off; empty: no foot. */
  constructor(token: string, msiePadding: boolean) {
    this.#foot = `${token === '' ? '' : `<hr><center>${token}</center>\r\n`}</body>\r\n</html>\r\n`
    this.#padding = msiePadding
  }

  /** The whole answer of that status, with `fields` (Location, Content-Range) beside the page. */
  replyFor(exchange: Exchange, status: number, fields?: Fields): Reply {
    const told = toldStatus(status)
    const extra = fields === undefined ? undefined : { fields }
    if (titles[status] === undefined) return { kind: 'reply', status: told, body: '', type: null, ...extra }
    const padded = this.#padding && status >= 400 && prefersOwnPages(exchange)
    return { kind: 'reply', status: told, body: this.bodyOf(status, padded), type: 'text/html', ...extra }
  }

  /** The page's bytes; empty for statuses that have none. */
  bodyOf(status: number, padded: boolean): Buffer {
    const bodies = padded ? this.#padded : this.#plain
    let body = bodies.get(status)
    if (body === undefined) bodies.set(status, (body = Buffer.from(this.#render(status, padded), 'latin1')))
    return body
  }

  #render(status: number, padded: boolean): string {
    const title = titles[status]
    if (title === undefined) return ''
    const told = toldStatus(status)
    const heading = told === status ? title : titles[told]!
    let page = `<html>\r\n<head><title>${told} ${title}</title></head>\r\n<body>\r\n`
    page += `<center><h1>${told} ${heading}</h1></center>\r\n`
    if (told !== status) page += `<center>${title}</center>\r\n`
    return page + this.#foot + (padded ? PADDING.repeat(6) : '')
  }
}

const PADDING = '<!-- a padding to disable MSIE and Chrome friendly error page -->\r\n'

/** Browsers that show a page of their own in the place of a short one. */
function prefersOwnPages(exchange: Exchange): boolean {
  const agent = exchange.request.fields.get('User-Agent')
  if (agent === undefined || agent.includes('Opera')) return false
  const msie = agent.indexOf('MSIE ')
  if (msie >= 0 && msie + 7 < agent.length) return true
  return agent.includes('Chrome/') && !agent.includes('Gecko/')
}

const titles: Readonly<Record<number, string>> = {
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Authorization Required',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Not Allowed',
  406: 'Not Acceptable',
  407: 'Proxy Authentication Required',
  408: 'Request Time-out',
  409: 'Conflict',
  410: 'Gone',
  411: 'Length Required',
  412: 'Precondition Failed',
  413: 'Request Entity Too Large',
  414: 'Request-URI Too Large',
  415: 'Unsupported Media Type',
  416: 'Requested Range Not Satisfiable',
  421: 'Misdirected Request',
  429: 'Too Many Requests',
  494: 'Request Header Or Cookie Too Large',
  495: 'The SSL certificate error',
  496: 'No required SSL certificate was sent',
  497: 'The plain HTTP request was sent to HTTPS port',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Temporarily Unavailable',
  504: 'Gateway Time-out',
  505: 'HTTP Version Not Supported',
  507: 'Insufficient Storage',
}
