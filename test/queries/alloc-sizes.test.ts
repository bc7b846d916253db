import t from 'tap'
import { answer, type GivenTable, makeDatabase } from './given.ts'

const ALLOC = { call_site: 'ubigint', bytes_req: 'ubigint', bytes_alloc: 'ubigint' }
const BASE = 0xffffffff81000000n
const kmalloc: GivenTable = {
  columns: ALLOC,
  rows: [
    { ts: 1_000, call_site: BASE + 0x49n, bytes_req: 100, bytes_alloc: 128 },
    { ts: 2_000, call_site: BASE + 0x49n, bytes_req: 100, bytes_alloc: 128, comm: 'nginx', tid: 7 },
    { ts: 3_000, call_site: BASE + 0x49n, bytes_req: 64, bytes_alloc: 64 },
    { ts: 4_000, call_site: BASE + 0x1000000n, bytes_req: 4000, bytes_alloc: 4096 },
  ],
}
const cache: GivenTable = {
  columns: { ...ALLOC, name: 'varchar' },
  rows: [{ ts: 1, bytes_req: 64, bytes_alloc: 64, name: 'x' }],
}

const database = await makeDatabase({
  tables: { 'kmem.kmalloc': kmalloc, 'kmem.kmem_cache_alloc': cache },
  symbols: [
    [BASE, 'load_elf_phdrs'],
    [BASE - 0x100n, 'before'],
  ],
})
t.teardown(() => database.close())

t.test('groups by who asked for how much', async (t) => {
  t.same(await answer(database, 'alloc-sizes'), [
    {
      allocator: 'kmalloc',
      call_site: '0xffffffff82000000',
      cache: null,
      bytes_req: 4000,
      bytes_alloc: 4096,
      count: 1,
      total: 4096,
      waste: 96,
    },
    {
      allocator: 'kmalloc',
      call_site: 'load_elf_phdrs+0x49',
      cache: null,
      bytes_req: 100,
      bytes_alloc: 128,
      count: 2,
      total: 256,
      waste: 56,
    },
    {
      allocator: 'kmem_cache_alloc',
      call_site: null,
      cache: null,
      bytes_req: null,
      bytes_alloc: null,
      count: 0,
      total: 0,
      waste: 0,
    },
  ])
})

t.test('parameters select', async (t) => {
  const counts = async (...params: string[]) =>
    (await answer(database, 'alloc-sizes', params)).map((row) => [row.bytes_req, row.count])
  t.same(await counts('over=63', 'top=1'), [
    [4000, 1],
    [64, 1],
  ])
  t.same(await counts('comm=ngi%'), [
    [100, 1],
    [null, 0],
  ])
  t.same(await counts('tid=7'), [
    [100, 1],
    [null, 0],
  ])
  t.same(await counts('from=0.000002', 'to=3us'), [
    [100, 1],
    [null, 0],
  ])
})

t.test('an allocator that was not recorded has no row', async (t) => {
  const alone = await makeDatabase({ tables: { 'kmem.kmem_cache_alloc': cache } })
  t.teardown(() => alone.close())
  t.same(
    (await answer(alone, 'alloc-sizes')).map((row) => row.allocator),
    ['kmem_cache_alloc'],
  )
})
