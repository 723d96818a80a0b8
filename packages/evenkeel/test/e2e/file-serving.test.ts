/** Folders and links as clients see them: listings in each form, a file by chance, links that may not be followed. */
import assert from 'node:assert/strict'
import { chownSync, lchownSync, mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { ask, get } from '../scenario/ask.ts'
import { startProxy } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'

const proxy = await startProxy({
  files: {
    'html/list/b.txt': 'x'.repeat(12_345),
    'html/real/a.txt': 'real',
    'html/chance/one': '1',
    'other/c.txt': 'c',
  },
  config: ports => `
log_format line '$uri';
server {
  listen 127.0.0.1:${ports['main']};
  autoindex on;
  location / { root html; }
  location /rough/ { alias html/list/; autoindex_exact_size off; }
  location /xml/ { alias html/list/; autoindex_format xml; }
  location /json/ { alias html/list/; autoindex_format json; }
  location /jsonp/ { alias html/list/; autoindex_format jsonp; }
  location /chance/ { root html; random_index on; }
  location /strict/ { alias html/; disable_symlinks on from=$document_root; }
  location /owned/ { alias html/; disable_symlinks if_not_owner from=$document_root; }
  location /logged { access_log logged.gz line gzip flush=50ms; return 204; }
  location /pre/ { alias html/; location ~ txt$ { try_files $uri =404; } }
}`,
})
const port = proxy.port('main')
const html = `${proxy.prefix}html`
mkdirSync(`${html}/list/sub`)
writeFileSync(`${html}/list/a <&> "ü".txt`, '')
for (const name of ['b.txt', 'sub', 'a <&> "ü".txt']) utimesSync(`${html}/list/${name}`, 86_400, 86_400)
symlinkSync(`${html}/real/a.txt`, `${html}/link.txt`)
symlinkSync(`${html}/real`, `${html}/folder`)
symlinkSync(`${proxy.prefix}other/c.txt`, `${html}/foreign.txt`)
after(() => proxy[Symbol.asyncDispose]())

test('a page names folders first, and escapes what a name may hold', async () => {
  const { text } = await ask(port, get('/list/'))
  const lines = text.split('\r\n').filter(line => line.startsWith('<a href'))
  assert.equal(lines[0], `<a href="sub/">sub/</a>${' '.repeat(46)} 02-Jan-1970 00:00                   -`)
  assert.match(lines[1]!, /^<a href="a%20%3C%26%3E%20%22%C3%BC%22.txt">a &lt;&amp;&gt; &quot;\xc3\xbc&quot;.txt<\/a>/)
  assert.match(lines[2]!, / 12345$/)
})

test('sizes may be rounded', async () => {
  const { text } = await ask(port, get('/rough/'))
  assert.match(text, /b\.txt<\/a> +02-Jan-1970 00:00 {5}12K\r\n/)
  assert.match(text, /sub\/<\/a> +02-Jan-1970 00:00 {7}-\r\n/)
})

test('listings are XML, JSON and JSONP, too', async () => {
  const xml = await ask(port, get('/xml/'))
  assert.equal(xml.get('content-type'), 'text/xml; charset=utf-8')
  assert.match(
    xml.text,
    /<directory mtime="1970-01-02T00:00:00Z">sub<\/directory>\r\n<file mtime="[^"]*" size="0">a &lt;/,
  )

  const json = await ask(port, get('/json/'))
  assert.equal(json.get('content-type'), 'application/json')
  const mtime = 'Fri, 02 Jan 1970 00:00:00 GMT'
  const entries = [
    { name: 'sub', type: 'directory', mtime },
    { name: 'a <&> "ü".txt', type: 'file', mtime, size: 0 },
    { name: 'b.txt', type: 'file', mtime, size: 12345 },
  ]
  assert.deepEqual(JSON.parse(json.body.toString('utf8')), entries)

  const call = await ask(port, get('/jsonp/?callback=My.show_1'))
  assert.equal(call.get('content-type'), 'application/javascript')
  assert.match(call.text, /^\/\* callback \*\/\r\nMy\.show_1\(\[\r\n\{[^]*\}\r\n\]\);$/)
  assert.equal((await ask(port, get('/jsonp/'))).get('content-type'), 'application/json')
  assert.equal((await ask(port, get('/jsonp/?callback=alert(1)'))).status, 400)
})

test('any file of a folder may stand for it', async () => {
  assert.equal((await ask(port, get('/chance/'))).text, '1')
})

test('a link that may not be followed is forbidden, on every way to it', async () => {
  assert.equal((await ask(port, get('/strict/real/a.txt'))).text, 'real')
  for (const target of ['/strict/link.txt', '/strict/folder/a.txt']) {
    assert.equal((await ask(port, get(target))).status, 403, target)
  }
  assert.equal((await ask(port, get('/link.txt'))).text, 'real')
})

test('links of the owner of what they lead to are followed', { skip: process.geteuid?.() !== 0 }, async () => {
  assert.equal((await ask(port, get('/owned/link.txt'))).text, 'real')
  assert.equal((await ask(port, get('/owned/folder/a.txt'))).text, 'real')
  lchownSync(`${html}/foreign.txt`, 1, 1)
  assert.equal((await ask(port, get('/owned/foreign.txt'))).status, 403)
  chownSync(`${proxy.prefix}other/c.txt`, 1, 1)
  assert.equal((await ask(port, get('/owned/foreign.txt'))).text, 'c')
})

test('an alias holds for the locations inside its own', async () => {
  assert.equal((await ask(port, get('/pre/real/a.txt'))).text, 'real')
  assert.equal((await ask(port, get('/pre/real/none.txt'))).status, 404)
})

test('a log that is compressed can be read at any moment', async () => {
  for (const name of ['/logged/1', '/logged/2']) {
    await ask(port, get(name))
    await until(
      () => `${name} in the log`,
      () => {
        const bytes = readFileSync(`${proxy.prefix}logged.gz`)
        return (bytes.length > 0 && gunzipSync(bytes).toString().endsWith(`${name}\n`)) || undefined
      },
    )
  }
})
