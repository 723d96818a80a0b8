/** Conformance, RFC 7541: every way to write a field, what a table remembers, and strings that are none. */
import { COMPRESSION_ERROR, frameTypes as types } from '../../src/wire/http2/codes.ts'
import { encodeHuffman, huffmanLength } from '../../src/wire/http2/huffman.ts'
import { frame } from './client.ts'
import { allowed, connectionErrors, get } from './conformance-stage.ts'

/** A GET but for its authority, which the case writes. */
const GET = '\x82\x86\x84'
const of = (fields: string): string => frame(types.headers, 5, 1, GET + fields)
const plain = (text: string): string => String.fromCharCode(text.length) + text
const coded = (text: string): string => {
  const code = Buffer.alloc(huffmanLength(text))
  encodeHuffman(text, code)
  return String.fromCharCode(0x80 | code.length) + code.toString('latin1')
}
/** First bytes of literals with a name of the static table's first entry, and with one of their own. */
const literals = [
  ['to be indexed', '\x41', '\x40'],
  ['not to be indexed', '\x01', '\0'],
  ['never to be indexed', '\x11', '\x10'],
] as const
const AUTHORITY = `\x01${plain('localhost')}`

allowed([
  ...literals.flatMap(([kind, known, unknown]) => [
    ['hpack 6.2', `a literal ${kind}`, of(known + plain('localhost'))] as const,
    ['hpack 6.2', `a literal ${kind}, Huffman-coded`, of(known + coded('localhost'))] as const,
    ['hpack 6.2', `a literal ${kind} with a new name`, of(AUTHORITY + unknown + plain('x-new') + plain('y'))] as const,
    [
      'hpack 6.2',
      `a literal ${kind} with a new name, Huffman-coded`,
      of(AUTHORITY + unknown + coded('x-new') + coded('y')),
    ] as const,
  ]),
  ['hpack 2.1', 'a field of the static table', of(AUTHORITY)],
  [
    'hpack 2.3.2',
    'a field the table remembers',
    of(`\x41${plain('localhost')}`) + frame(types.headers, 5, 3, GET + '\xbe'),
  ],
  ['hpack 6.3', 'two size updates', frame(types.headers, 5, 1, `\x20\x3f\xe1\x1f${GET}${AUTHORITY}`)],
  ['hpack 6.3', 'a smaller table', frame(types.headers, 5, 1, '\x20\x82\x86\x84\x01\x09localhost')],
])

connectionErrors([
  [
    'hpack 2.3.3',
    'a literal whose name is beyond the tables',
    frame(types.headers, 5, 1, `${get}\x7f\x07\0`),
    COMPRESSION_ERROR,
  ],
  [
    'hpack 5.1',
    'an integer without an end',
    frame(types.headers, 5, 1, `${get}\xff${'\x80'.repeat(20)}\x01`),
    COMPRESSION_ERROR,
  ],
  ['hpack 5.2', 'a string longer than its block', frame(types.headers, 5, 1, `${get}\x40\x05x`), COMPRESSION_ERROR],
  ['hpack 4.2', 'three size updates', frame(types.headers, 5, 1, `\x20\x21\x22${get}`), COMPRESSION_ERROR],
  ['hpack 2.3.3', 'an index beyond the tables', frame(types.headers, 5, 1, `${get}\xfe`), COMPRESSION_ERROR],
  ['hpack 4.2', 'a size update behind a field', frame(types.headers, 5, 1, `${get}\x3e`), COMPRESSION_ERROR],
  [
    'hpack 5.2',
    'too much padding in a string',
    frame(types.headers, 5, 1, `${get}\0\x85\xf2\xb2\x4a\x84\xff\x84\x49\x50\x9f\xff`),
    COMPRESSION_ERROR,
  ],
  [
    'hpack 5.2',
    'padding of zeros',
    frame(types.headers, 5, 1, `${get}\0\x85\xf2\xb2\x4a\x84\xff\x83\x49\x50\x90`),
    COMPRESSION_ERROR,
  ],
  [
    'hpack 5.2',
    'the end of string in a string',
    frame(types.headers, 5, 1, `${get}\0\x85\xf2\xb2\x4a\x84\xff\x87\x49\x50\x9f\xff\xff\xff\xfc`),
    COMPRESSION_ERROR,
  ],
  ['hpack 6.1', 'index 0', frame(types.headers, 5, 1, `${get}\x80`), COMPRESSION_ERROR],
  ['hpack 6.3', 'a table larger than allowed', frame(types.headers, 5, 1, `\x3f\xe2\x1f${get}`), COMPRESSION_ERROR],
])
