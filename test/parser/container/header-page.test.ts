import t from 'tap'
import { parseHeaderPage, subBufferBytes } from '../../../parser/container/header-page.ts'
import { DEFAULT_LIMITS } from '../../../parser/container/limits.ts'

const HEAD = { userLongSize: 8, pageSize: 4096 } as const
const parse = (text: string, head: Parameters<typeof parseHeaderPage>[1] = HEAD) =>
  parseHeaderPage(text, head, DEFAULT_LIMITS)

const line = (field: string, offset: number, size: number, signed = true): string =>
  `\tfield: ${field};\toffset:${offset};\tsize:${size};${signed ? '\tsigned:0;' : ''}\n`

t.test('a 64-bit kernel of today', async (t) => {
  const page = parse(
    line('u64 timestamp', 0, 8) +
      line('local_t commit', 8, 8) +
      line('int overwrite', 8, 1) +
      line('char data', 16, 4080),
  )
  t.same(page, { longSize: 8, commitOffset: 8, dataOffset: 16, dataSize: 4080 })
  t.equal(subBufferBytes(page), 4096)
})

t.test('a 32-bit kernel; old ones have no signed and no overwrite', async (t) => {
  const text =
    line('u64 timestamp', 0, 8, false) +
    line('local_t commit', 8, 4, false) +
    line('char data', 12, 4084, false)
  t.same(parse(text), { longSize: 4, commitOffset: 8, dataOffset: 12, dataSize: 4084 })
})

t.test('without a text the recorder stands for the kernel', async (t) => {
  t.same(parse(''), { longSize: 8, commitOffset: 8, dataOffset: 16, dataSize: 4080 })
  t.same(parse('', { userLongSize: 4, pageSize: 65536 }), {
    longSize: 4,
    commitOffset: 8,
    dataOffset: 12,
    dataSize: 65524,
  })
})

const COMMIT = line('local_t commit', 8, 8)
for (const [what, text] of [
  ['no data', COMMIT],
  ['no commit', line('char data', 16, 4080)],
  ['a commit word of 2 bytes', line('local_t commit', 8, 2) + line('char data', 16, 4080)],
  ['data before the commit word ends', COMMIT + line('char data', 12, 4080)],
  ['a commit word over the time stamp', line('local_t commit', 4, 8) + line('char data', 16, 99)],
  ['a short time stamp', line('u64 timestamp', 0, 4) + COMMIT + line('char data', 16, 4080)],
  ['no room', COMMIT + line('char data', 16, 0)],
  ['too much room', COMMIT + line('char data', 16, 1e12)],
] as const) {
  t.throws(() => parse(text), { code: 'ERR_RING_HEADER' }, what)
}
