import assert from 'node:assert/strict'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { readConfiguration } from '../../config/nginx/read.ts'
import { diskFiles } from '../../config/nginx/disk.ts'
import type { Model } from '../../model/model.ts'
import { developmentCertificate } from '../certificates/development-certificate.ts'
import { TlsFiles } from './tls-files.ts'

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tls-files-'))))
afterEach(() => rmSync(folder, { recursive: true }))

const pair = (): string => developmentCertificate(['a.example'], new Date())

/** A name of its own each time: a rename is seen whatever the clock says. */
function replace(name: string, text: string): void {
  writeFileSync(join(folder, name + '.new'), text)
  renameSync(join(folder, name + '.new'), join(folder, name))
}

function model(settings: string): Model {
  const text = `events {} http { server { listen 127.0.0.1:8443 ssl; ${settings} } }`
  const { model, problems } = readConfiguration({
    path: join(folder, 'nginx.conf'),
    text,
    prefix: folder,
    files: diskFiles,
  })
  assert.ok(model, JSON.stringify(problems))
  return model
}

const usual = 'ssl_certificate a.crt; ssl_certificate_key a.key;'

test('texts are given out by path, and nothing where nothing speaks TLS', () => {
  const text = pair()
  replace('a.crt', text)
  replace('a.key', text)
  const files = new TlsFiles(folder)
  assert.equal(files.material, undefined)
  assert.equal(files.load(model(usual)), null)
  assert.deepEqual(Object.keys(files.material!.files), [join(folder, 'a.crt'), join(folder, 'a.key')])
  assert.equal(files.material!.ticketKeys.length, 48)
})

test('what is wrong is said with the file it is in', () => {
  replace('a.crt', pair())
  replace('a.key', pair())
  replace('bad', 'nothing')
  const problem = (settings: string): string | null => new TlsFiles(folder).load(model(settings))
  const at = (name: string): string => join(folder, name)
  assert.match(
    problem('ssl_certificate b.crt; ssl_certificate_key a.key;')!,
    /^cannot load certificate ".*b\.crt": open\(\) failed \(2: No such file/,
  )
  assert.match(
    problem('ssl_certificate a.crt; ssl_certificate_key b.key;')!,
    /^cannot load certificate key ".*b\.key": open\(\) failed/,
  )
  assert.match(
    problem('ssl_certificate bad; ssl_certificate_key a.key;')!,
    new RegExp(`^cannot load certificate "${at('bad')}": PEM`),
  )
  assert.match(
    problem('ssl_certificate a.crt; ssl_certificate_key bad;')!,
    new RegExp(`^cannot load certificate key "${at('bad')}": PEM`),
  )
  assert.match(problem(usual)!, /^SSL_CTX_use_PrivateKey\(".*a\.key"\) failed: key values mismatch/)
  const auto = 'ssl_certificate auto;'
  assert.match(problem(`${auto} ssl_ciphers NONE-SUCH;`)!, /^SSL_CTX_set_cipher_list\("NONE-SUCH"\) failed/)
  assert.match(problem(`${auto} ssl_ecdh_curve none-such;`)!, /^SSL_CTX_set1_curves_list\("none-such"\) failed/)
  assert.match(problem(`${auto} ssl_session_ticket_key bad;`)!, /must be 48 bytes$/)
  assert.match(
    problem(`${auto} ssl_conf_command VerifyMode Once;`)!,
    /^SSL_CONF_cmd\("VerifyMode", "Once"\) is not supported/,
  )
  assert.match(problem(`${auto} ssl_verify_client on; ssl_client_certificate bad;`)!, /no certificate in PEM form$/)
})

test('a replaced pair is taken; half of one is refused, told once, and the old one stays', () => {
  const first = pair()
  replace('a.crt', first)
  replace('a.key', first)
  const files = new TlsFiles(folder)
  assert.equal(files.load(model(usual)), null)
  const warnings: string[] = []
  const refresh = (): string | undefined => files.refresh(text => warnings.push(text))?.files[join(folder, 'a.crt')]
  assert.equal(refresh(), undefined)
  const second = pair()
  replace('a.crt', second)
  assert.equal(refresh(), undefined)
  assert.equal(refresh(), undefined)
  assert.match(warnings.join('\n'), /^SSL_CTX_use_PrivateKey.* mismatch.*; the certificates before stay in use$/)
  assert.equal(files.material!.files[join(folder, 'a.crt')], first)
  replace('a.key', second)
  assert.equal(refresh(), second)
  assert.equal(refresh(), undefined)
  assert.equal(warnings.length, 1)
})

test('keys of tickets change every hour', () => {
  let now = 0
  const files = new TlsFiles(folder, () => now)
  assert.equal(files.load(model('ssl_certificate auto;')), null)
  const before = files.material!.ticketKeys
  assert.equal(files.refresh(assert.fail), null)
  now = 3_600_000
  assert.notDeepEqual(files.refresh(assert.fail)!.ticketKeys, before)
  assert.equal(files.refresh(assert.fail), null)
})

test('with ssl_object_cache_inheritable a reload keeps what did not change', () => {
  const first = pair()
  replace('a.crt', first)
  replace('a.key', first)
  const files = new TlsFiles(folder)
  const inheriting = { ...model(usual) }
  const both = { ...inheriting, process: { ...inheriting.process, inheritTlsFiles: true } }
  assert.equal(files.load(both), null)
  const before = files.material!.files[join(folder, 'a.crt')]
  assert.equal(files.load(both), null)
  assert.equal(files.material!.files[join(folder, 'a.crt')], before)
})
