/** `userid`: gives a cookie to browsers that bring none, by which logs know them again. */
import type { HeadStep } from '../../exchange/route.ts'
import type { UseridSettings } from '../../model/settings/userid-settings.ts'
import { useridCookie } from '../../route/variables/userid-variables.ts'
import type { Compile } from '../compile.ts'
import { formatHttpDate } from './http-date.ts'

/** In seconds since the epoch. */
type Clock = () => number

const wallClock: Clock = () => Math.floor(Date.now() / 1000)
/** The last second that signed 32 bits can tell, which is what browsers of that time kept. */
const LAST = 'Thu, 31-Dec-37 23:55:55 GMT'
const PADDING_AT = 22

/** null: no cookie is given. */
export function compileUserid(settings: UseridSettings, compile: Compile, clock: Clock = wallClock): HeadStep | null {
  if (settings.userid === 'off' || settings.userid === 'log') return null
  const set = compile.text([{ variable: 'uid_set' }])
  const { useridName: name, useridExpires: expires, useridMark: mark, useridP3p: p3p } = settings
  const domain = settings.useridDomain === '' ? '' : `; domain=${settings.useridDomain}`
  const end = [`${domain}; path=${settings.useridPath}`, ...settings.useridFlags].join('; ')
  const until = (): string => {
    if (expires === 0) return ''
    return `; expires=${expires === 'max' ? LAST : formatHttpDate(clock() + expires)}`
  }
  return (exchange, head) => {
    const id = set(exchange)
    if (id === '') return
    const value = useridCookie(id)
    const marked = mark === '' ? value : `${value.slice(0, PADDING_AT)}${mark}=`
    head.fields.add('Set-Cookie', `${name}=${marked}${until()}${end}`)
    if (p3p !== '') head.fields.add('P3P', p3p)
  }
}
