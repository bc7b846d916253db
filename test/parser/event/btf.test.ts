/** Function arguments out of type information that is built byte by byte. */
import t from 'tap'
import { Btf } from '../../../parser/event/btf.ts'

const STRINGS = '\0int\0unsigned int\0file\0vfs_read\0count\0pos\0s\0'
const at = (name: string): number => STRINGS.indexOf(`\0${name}\0`) + 1

/** Types: name, kind, vlen, size or type, and what follows. */
type Spec = readonly [string, number, number, number, ...number[]]

function makeBtf(types: readonly Spec[], littleEndian: boolean): Uint8Array {
  const words = types.flatMap(([name, kind, vlen, size, ...more]) => [
    name === '' ? 0 : at(name),
    kind * 0x1000000 + vlen,
    size,
    ...more,
  ])
  const bytes = new Uint8Array(24 + words.length * 4 + STRINGS.length)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, 0xeb9f, littleEndian)
  view.setUint8(2, 1)
  const head = [24, 0, words.length * 4, words.length * 4, STRINGS.length]
  for (const [i, word] of head.entries()) view.setUint32(4 + i * 4, word, littleEndian)
  for (const [i, word] of words.entries()) view.setUint32(24 + i * 4, word, littleEndian)
  bytes.set(Buffer.from(STRINGS, 'latin1'), 24 + words.length * 4)
  return bytes
}

const SIGNED_INT = (1 << 24) | 32
const TYPES: readonly Spec[] = [
  ['int', 1, 0, 4, SIGNED_INT],
  ['unsigned int', 1, 0, 4, 32],
  ['', 2, 0, 1],
  ['', 10, 0, 2],
  ['s', 4, 0, 16],
  ['', 13, 5, 1, at('file'), 3, at('count'), 4, at('pos'), 1, at('s'), 5, 0, 99],
  ['vfs_read', 12, 0, 6],
]

t.test('names and kinds of arguments, in either byte order', async (t) => {
  for (const littleEndian of [true, false]) {
    const btf = new Btf(makeBtf(TYPES, littleEndian), littleEndian)
    const args = btf.argumentsOf('vfs_read')
    t.same(
      args?.map(({ name, kind, bits, bytes }) => [name, kind, bits, bytes]),
      [
        ['file', 'hex', 64, 0],
        ['count', 'hex', 32, 0],
        ['pos', 'decimal', 32, 0],
        ['s', 'composite', 64, 16],
        ['', 'unknown', 64, 0],
      ],
    )
    t.same(btf.argumentsOf('vfs_read.isra.0'), args, 'a suffix of the compiler')
    t.equal(btf.argumentsOf('vfs_write'), undefined)
  }
})

t.test('damage gives nothing, and ends', async (t) => {
  const sound = makeBtf(TYPES, true)
  t.equal(new Btf(sound, false).argumentsOf('vfs_read'), undefined, 'the other byte order')
  for (let length = 0; length < sound.length; length += 7)
    new Btf(sound.subarray(0, length), true).argumentsOf('vfs_read')
  const loop = makeBtf(
    [
      ['', 10, 0, 1],
      ['', 13, 1, 0, at('s'), 1],
      ['vfs_read', 12, 0, 2],
    ],
    true,
  )
  t.same(new Btf(loop, true).argumentsOf('vfs_read')?.[0]?.kind, 'unknown')
  for (let i = 0; i < sound.length; i++) {
    const bytes = Uint8Array.from(sound)
    bytes[i] = 0xff
    new Btf(bytes, true).argumentsOf('vfs_read')
  }
})
