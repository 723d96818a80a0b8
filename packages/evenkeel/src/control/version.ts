/**
 * Which evenkeel this is, and which nginx's configuration language and behaviour it follows.
 */
import { readFileSync } from 'node:fs'

export const NGINX_VERSION = '1.31.5'

/** From package.json, so that a release changes one place; it stands beside src/ and dist/ alike. */
export function ownVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
