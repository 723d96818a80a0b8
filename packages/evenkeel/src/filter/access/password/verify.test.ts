import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { bcrypt, blowfishState } from './bcrypt.ts'
import { readUsers } from './user-files.ts'
import { verify } from './verify.ts'

const passwords = ['x', 'secret', 'a password of more than sixteen bytes', 'p\xc3\xa4ss', 'y'.repeat(130)]

for (const kind of ['apr1', '1', '5', '6']) {
  test(`what openssl makes as ${kind} is known again`, () => {
    for (const password of passwords) {
      const bytes = Buffer.from(password, 'latin1')
      const stored = execFileSync('openssl', ['passwd', `-${kind}`, '-stdin'], { input: bytes })
        .toString()
        .trim()
      assert.equal(verify(password, stored), true, stored)
      assert.equal(verify(password + 'x', stored), false)
    }
  })
}

// Published with the specification of the SHA forms and by Openwall for bcrypt, or made by crypt(3).
const vectors: readonly (readonly [password: string, stored: string])[] = [
  ['Hello world!', '$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5'],
  [
    'Hello world!',
    '$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v.',
  ],
  ['U*U', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
  ['U*U*', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK'],
  ['', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy'],
  ['\xff\xff\xa3', '$2y$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e'],
  ['p'.repeat(71), '$2b$04$abcdefghijklmnopqrstuuTYDowBoYf34KLYBHbWu7CBwc/8jbH1q'],
]
for (const [password, stored] of vectors) {
  test(`as published: ${stored}`, () => {
    assert.equal(verify(password, stored), true)
    assert.equal(verify(password + '!', stored), false)
  })
}

test('plain and SHA-1 forms', () => {
  assert.equal(verify('good', '{PLAIN}good'), true)
  assert.equal(verify('bad', '{PLAIN}good'), false)
  assert.equal(verify('password', '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g='), true)
  assert.equal(verify('secret', '{SSHA}8U6pqmW4x5+8cR3YWOrxEnDbzC9zYWx0'), false)
  const salted = '{SSHA}' + Buffer.concat([sha1('secretsalt'), Buffer.from('salt')]).toString('base64')
  assert.equal(verify('secret', salted), true)
  assert.equal(verify('Secret', salted), false)
})

function sha1(text: string): Buffer {
  return execFileSync('openssl', ['dgst', '-sha1', '-binary'], { input: text })
}

test('forms that are not known are neither right nor wrong', () => {
  for (const stored of ['', 'kqAUtyTF.QWWE', '$2a$05$tooshort', '$2a$31$' + 'C'.repeat(53), '$7$x']) {
    assert.equal(verify('x', stored), undefined, stored)
  }
  assert.equal(bcrypt(Buffer.from('x'), '$2x$05$' + 'C'.repeat(53), blowfishState), undefined)
})

test('files of passwords: the first line of a name counts, comments and what is no line do not', () => {
  const users = readUsers('# a:comment\na:1\r\nb:2:more\na:3\n\nnobody\n:x\nc:\n')
  assert.deepEqual(
    [...users],
    [
      ['a', '1'],
      ['b', '2'],
      ['c', ''],
    ],
  )
})
