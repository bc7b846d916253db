import t from 'tap'
import { StringPool } from '../../../parser/batch/string-pool.ts'

const bytes = (text: string): Uint8Array => Buffer.from(text)
const textOf = (pool: StringPool, id: number): string =>
  Buffer.from(pool.bytes.subarray(pool.start[id]!, pool.start[id + 1]!)).toString()

t.test('equal bytes get equal ids, whatever their number', async (t) => {
  const pool = new StringPool()
  const texts = Array.from({ length: 5000 }, (_, i) => `name ${i % 2500} ${'x'.repeat(i % 40)}`)
  const ids = texts.map((text) => pool.intern(bytes(text), 0, text.length))
  t.equal(pool.count, new Set(texts).size)
  t.strictSame(
    ids.map((id) => textOf(pool, id)),
    texts,
  )
})

t.test('an empty string is a string', async (t) => {
  const pool = new StringPool()
  const id = pool.intern(bytes('abc'), 1, 1)
  t.equal(textOf(pool, id), '')
  t.equal(pool.intern(new Uint8Array(0), 0, 0), id)
})

t.test('text that is not UTF-8 is escaped, the rest kept', async (t) => {
  const pool = new StringPool()
  const raw = Uint8Array.from([0x61, 0xff, 0xc3, 0xa9, 0xc3])
  t.equal(textOf(pool, pool.internText(raw, 0, raw.length)), 'a\\xffé\\xc3')
})

t.test('a reset begins a generation that no other pool has', async (t) => {
  const [a, b] = [new StringPool(), new StringPool()]
  t.not(a.generation, b.generation)
  const before = a.generation
  a.intern(bytes('one'), 0, 3)
  a.reset()
  t.equal(a.count, 0)
  t.not(a.generation, before)
  t.not(a.generation, b.generation)
  t.equal(textOf(a, a.intern(bytes('two'), 0, 3)), 'two')
})
