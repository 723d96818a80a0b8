import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fields } from '../../exchange/fields.ts'
import { COMPRESSION_ERROR, NO_ERROR, type ErrorCode } from './codes.ts'
import { HpackDecoder, HuffmanScratch } from './hpack-decoder.ts'
import { encodeField, encodeInteger, FieldEncoder, statusField } from './hpack-encoder.ts'

type Pair = readonly [name: string, value: string]

class Reader {
  readonly #decoder: HpackDecoder

  constructor(size = 4096) {
    this.#decoder = new HpackDecoder(size, new HuffmanScratch())
  }

  read(block: string | Buffer): { error: ErrorCode; fields: Pair[] } {
    const bytes = typeof block === 'string' ? Buffer.from(block.replaceAll(' ', ''), 'hex') : block
    const fields: Pair[] = []
    const error = this.#decoder.decode(bytes, 0, bytes.length, {
      field: ({ name, value }) => fields.push([name, value]),
    })
    return { error, fields }
  }

  fields(block: string | Buffer): Pair[] {
    const { error, fields } = this.read(block)
    assert.equal(error, NO_ERROR)
    return fields
  }
}

const first: Pair[] = [
  [':method', 'GET'],
  [':scheme', 'http'],
  [':path', '/'],
  [':authority', 'www.example.com'],
]
const third: Pair[] = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':path', '/index.html'],
  [':authority', 'www.example.com'],
  ['custom-key', 'custom-value'],
]

test('RFC 7541, C.2: each kind of a single field', () => {
  const custom = '400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572'
  assert.deepEqual(new Reader().fields(custom), [['custom-key', 'custom-header']])
  assert.deepEqual(new Reader().fields('040c 2f73 616d 706c 652f 7061 7468'), [[':path', '/sample/path']])
  assert.deepEqual(new Reader().fields('1008 7061 7373 776f 7264 0673 6563 7265 74'), [['password', 'secret']])
  assert.deepEqual(new Reader().fields('82'), [[':method', 'GET']])
})

const requests: readonly (readonly [name: string, blocks: readonly string[]])[] = [
  [
    'C.3: requests as they are',
    [
      '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
      '8286 84be 5808 6e6f 2d63 6163 6865',
      '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
    ],
  ],
  [
    'C.4: requests in Huffman code',
    [
      '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff',
      '8286 84be 5886 a8eb 1064 9cbf',
      '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
    ],
  ],
]
for (const [name, blocks] of requests) {
  test(`RFC 7541, ${name}`, () => {
    const reader = new Reader()
    assert.deepEqual(reader.fields(blocks[0]!), first)
    assert.deepEqual(reader.fields(blocks[1]!), [...first, ['cache-control', 'no-cache']])
    assert.deepEqual(reader.fields(blocks[2]!), third)
  })
}

const responses: readonly (readonly [name: string, blocks: readonly string[]])[] = [
  [
    'C.5: responses as they are',
    [
      '4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
      '4803 3330 37c1 c0bf',
      '88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31',
    ],
  ],
  [
    'C.6: responses in Huffman code',
    [
      '4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3',
      '4883 640e ffc1 c0bf',
      '88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07',
    ],
  ],
]
for (const [name, blocks] of responses) {
  test(`RFC 7541, ${name}, with a table of 256 bytes that evicts`, () => {
    const reader = new Reader(256)
    const at = (second: string): Pair => ['date', `Mon, 21 Oct 2013 20:13:${second} GMT`]
    const location: Pair = ['location', 'https://www.example.com']
    assert.deepEqual(reader.fields(blocks[0]!), [[':status', '302'], ['cache-control', 'private'], at('21'), location])
    assert.deepEqual(reader.fields(blocks[1]!), [[':status', '307'], ['cache-control', 'private'], at('21'), location])
    assert.deepEqual(reader.fields(blocks[2]!), [
      [':status', '200'],
      ['cache-control', 'private'],
      at('22'),
      location,
      ['content-encoding', 'gzip'],
      ['set-cookie', 'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1'],
    ])
  })
}

const wrong: readonly (readonly [what: string, block: string])[] = [
  ['index 0', '80'],
  ['an index nobody has', 'be'],
  ['a name nobody has', '7f00 0161'],
  ['a size update behind a field', '8220'],
  ['a size update beyond what we allow', '3fe2 1f'],
  ['three size updates', '2020 20'],
  ['an integer beyond all bounds', 'ff ffffffff ffffffff 7f'],
  ['a literal without anything', '40'],
  ['a literal without a value', '4001 61'],
  ['a string longer than the block', '0001 610a 62'],
  ['an empty name', '0000 0161'],
  ['padding of more than a byte in a name', '0085 f2b2 4a84 ff84 4950 9fff'],
  ['padding of zeros', '0085 f2b2 4a84 ff83 4950 90'],
  ['the end of string spelled out', '0085 f2b2 4a84 ff87 4950 9fff ffff ff'],
]
for (const [what, block] of wrong) {
  test(`${what} is a compression error`, () => {
    assert.equal(new Reader().read(block).error, COMPRESSION_ERROR)
  })
}

test('a block cut anywhere ends in an error or in fewer fields, never beyond its end', () => {
  const block = Buffer.from(requests[1]![1][2]!.replaceAll(' ', '').replace('bf', '84'), 'hex')
  const whole = new Reader().fields(block)
  for (let end = 0; end < block.length; end++) {
    const padded = Buffer.concat([block.subarray(0, end), Buffer.alloc(8, 0xff)]).subarray(0, end)
    const { error, fields } = new Reader().read(padded)
    if (error === NO_ERROR) assert.deepEqual(fields, whole.slice(0, fields.length))
  }
})

test('a table made smaller forgets, and one made large again starts empty', () => {
  const reader = new Reader()
  reader.fields('4001 6101 62')
  assert.deepEqual(reader.fields('be'), [['a', 'b']])
  assert.deepEqual(reader.fields('20 3fe11f'), [])
  assert.equal(reader.read('be').error, COMPRESSION_ERROR)
})

test('a field larger than the table empties it and is no error', () => {
  const reader = new Reader(64)
  reader.fields('4001 6101 62')
  const long = encodeInteger(0, 0x40, 0x3f) + '\x01x' + encodeInteger(100, 0, 0x7f) + 'y'.repeat(100)
  assert.deepEqual(reader.fields(Buffer.from(long, 'latin1')), [['x', 'y'.repeat(100)]])
  assert.equal(reader.read('be').error, COMPRESSION_ERROR)
})

test('a hundred entries keep their order while old ones are evicted', () => {
  const reader = new Reader()
  for (let i = 0; i < 300; i++) {
    const block = encodeInteger(0, 0x40, 0x3f) + '\x01n\x03' + String(i + 100)
    reader.fields(Buffer.from(block, 'latin1'))
  }
  // 36 bytes each: 113 fit.
  assert.deepEqual(reader.fields('be'), [['n', '399']])
  assert.deepEqual(reader.fields(Buffer.from(encodeInteger(62 + 112, 0x80, 0x7f), 'latin1')), [['n', '287']])
  assert.equal(reader.read(Buffer.from(encodeInteger(62 + 113, 0x80, 0x7f), 'latin1')).error, COMPRESSION_ERROR)
})

test('what the encoder writes is read back, and teaches the other side nothing', () => {
  const fields = new Fields(
    'X-One: 1\r\nContent-Type: text/plain\r\nGone: 1\r\n',
    [0, 5, 7, 8, 10, 22, 24, 34, -1, 40, 42, 43],
  )
  fields.before.push('Set-Cookie', 'a=b')
  fields.add('x-long', 'v'.repeat(1000))
  const block = Buffer.from(statusField(200) + statusField(418) + new FieldEncoder().fields(fields), 'latin1')
  const reader = new Reader()
  assert.deepEqual(reader.fields(block), [
    [':status', '200'],
    [':status', '418'],
    ['set-cookie', 'a=b'],
    ['x-one', '1'],
    ['content-type', 'text/plain'],
    ['x-long', 'v'.repeat(1000)],
  ])
  assert.equal(reader.read('be').error, COMPRESSION_ERROR)
})

test('secrets are marked as never to be indexed on the way', () => {
  assert.equal(encodeField('authorization', 'x').charCodeAt(0) & 0xf0, 0x10)
  assert.equal(encodeField('accept', 'x').charCodeAt(0) & 0xf0, 0)
})
