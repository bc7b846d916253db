import t from 'tap'
import { readHead } from '../../../parser/container/head.ts'
import { DEFAULT_LIMITS } from '../../../parser/container/limits.ts'
import { memorySource } from '../../../parser/container/source.ts'

const bytes = (hex: string): Uint8Array =>
  Uint8Array.from(Buffer.from(hex.replace(/\s/g, ''), 'hex'))
const read = (hex: string) => readHead(memorySource(bytes(hex), 'x.dat'), DEFAULT_LIMITS)

const MAGIC = '170844 74726163696e67'

t.test('version 7, as trace-cmd writes it', async (t) => {
  t.same(read(`${MAGIC} 3700 00 08 00100000  7a73746400  312e352e3400  14e10f0000000000`), {
    version: 7,
    littleEndian: true,
    userLongSize: 8,
    pageSize: 4096,
    compression: { name: 'zstd', version: '1.5.4' },
    optionsOffset: 1040660,
    end: 37,
  })
})

t.test('version 7 without compression, big endian', async (t) => {
  t.match(read(`${MAGIC} 3700 01 04 00001000  6e6f6e6500 00  0000000000000100`), {
    littleEndian: false,
    userLongSize: 4,
    pageSize: 4096,
    compression: { name: 'none', version: '' },
    optionsOffset: 256,
  })
})

t.test('version 6 ends after the page size', async (t) => {
  t.match(read(`${MAGIC} 3600 00 08 00000100`), {
    version: 6,
    pageSize: 65536,
    compression: { name: 'none' },
    optionsOffset: 0,
    end: 18,
  })
})

t.test('what cannot be read', async (t) => {
  t.throws(() => read(''), { code: 'ERR_TRACE_TRUNCATED' })
  t.throws(() => read('1708'), { code: 'ERR_TRACE_TRUNCATED' })
  t.throws(() => read('504b0304 00000000 00000000'), { code: 'ERR_TRACE_BAD_MAGIC' })
  t.throws(() => read('17'.repeat(5)), { code: 'ERR_TRACE_BAD_MAGIC' })
  t.throws(() => read(`${MAGIC} 3500 00 08 00100000`), {
    code: 'ERR_TRACE_VERSION',
    message: /'5'/,
    where: { offset: 10 },
  })
  t.throws(() => read(`${MAGIC} 3600 02 08 00100000`), { code: 'ERR_TRACE_SECTION' })
  t.throws(() => read(`${MAGIC} 3600 00 05 00100000`), { code: 'ERR_TRACE_SECTION' })
  t.throws(() => read(`${MAGIC} 3600 00 08 00000000`), { code: 'ERR_TRACE_LIMIT' })
  t.throws(() => read(`${MAGIC} 3600 00 08 ffffffff`), { code: 'ERR_TRACE_LIMIT' })
  t.throws(() => read(`${MAGIC} 3700 00 08 00100000 7a737464`), { code: 'ERR_TRACE_TRUNCATED' })
})
