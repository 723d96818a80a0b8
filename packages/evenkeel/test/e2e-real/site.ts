/**
 * A site as its owner sees it: a configuration file of the kind that stands on real machines, with the ports of this test
 * in it, checked by `-t` as an owner would before starting it.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { connect, type Response } from '../scenario/connection.ts'
import { startProxy, type Proxied } from '../scenario/proxy.ts'

export interface Site {
  readonly proxy: Proxied
  ask(host: string, target: string, ...lines: readonly string[]): Promise<Response>
  send(host: string, request: string, ...lines: readonly string[]): Promise<Response>
  [Symbol.asyncDispose](): Promise<void>
}

export interface SiteOptions {
  /** Ports that origins listen on, by the name that stands for each in the file: `{{wordpress}}`. */
  readonly origins: Readonly<Record<string, number>>
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  readonly expectTrouble?: boolean
  readonly workers?: number
}

/** `file`: a name in this folder, or the text itself. `{{http}}` is the port that it listens on. */
export async function openSite(file: string, options: SiteOptions): Promise<Site> {
  const text = file.includes('\n') ? file : readFileSync(`${import.meta.dirname}/${file}`, 'utf8')
  const proxy = await startProxy({
    config: ports =>
      text.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => String(options.origins[name] ?? ports[name])),
    ...(options.files && { files: options.files }),
    ...(options.workers !== undefined && { workers: options.workers }),
    expectTrouble: options.expectTrouble ?? false,
  })
  accepted(proxy.prefix)
  const send = async (host: string, request: string, ...lines: readonly string[]): Promise<Response> => {
    await using client = await connect(proxy.port('http'))
    const [head = '', body = ''] = request.split('\n\n')
    const length = body === '' ? [] : [`Content-Length: ${body.length}`]
    const fields = [`Host: ${host}`, 'Connection: close', ...length, ...lines]
    client.send(`${head} HTTP/1.1\r\n${fields.join('\r\n')}\r\n\r\n${body}`)
    return await client.readResponse({ head: head.startsWith('HEAD ') })
  }
  return {
    proxy,
    send,
    ask: (host, target, ...lines) => send(host, `GET ${target}`, ...lines),
    [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
  }
}

/** `evenkeel -t` has nothing against it, not even a warning. */
function accepted(prefix: string): void {
  const main = resolve(import.meta.dirname, '../../src/cli/main.ts')
  const { status, stderr, stdout } = spawnSync(process.execPath, [main, '-t', '-p', prefix, '-c', 'nginx.conf'])
  const said = String(stderr) + String(stdout)
  assert.equal(status, 0, said)
  assert.match(said, /test is successful/)
  assert.doesNotMatch(said, /\[(?:warn|error|emerg)\]/)
}
