// Objects and pages and their frees, by hand; what was not recorded is not taken for alive.
import t from 'tap'
import { answer, type Given, makeDatabase, select } from '../../queries/given.ts'

const page = { pfn: 'ubigint', '"order"': 'uinteger', gfp_flags: 'ubigint', migratetype: 'integer' }
const object = {
  call_site: 'ubigint',
  ptr: 'ubigint',
  bytes_req: 'ubigint',
  bytes_alloc: 'ubigint',
}
const states = async (given: Given, relation: string): Promise<unknown> => {
  const database = await makeDatabase(given)
  try {
    const sql = `select ts, state, dur from ${relation} order by ts`
    return (await select(database, sql)).map(({ ts, state, dur }) => [ts, state, dur])
  } finally {
    await database.close()
  }
}
const PAGES = {
  'kmem.mm_page_alloc': {
    columns: page,
    rows: [
      { ts: 1, pfn: 100, '"order"': 3 },
      { ts: 2, pfn: 200, '"order"': 0 },
      { ts: 3, pfn: 300, '"order"': 0 },
      { ts: 4, pfn: 18446744073709551615n, '"order"': 9 },
      { ts: 8, pfn: 300, '"order"': 0 },
      { ts: 9, pfn: 101, '"order"': 0 },
    ],
  },
}
const FREES = {
  'kmem.mm_page_free': {
    columns: { pfn: 'ubigint', '"order"': 'uinteger' },
    rows: [
      { ts: 5, pfn: 100, '"order"': 0 },
      { ts: 6, pfn: 101, '"order"': 0 },
      { ts: 12, pfn: 101, '"order"': 0 },
    ],
  },
}

t.test('pages', async (t) => {
  t.same(await states({ tables: { ...PAGES, ...FREES } }, 'page_allocs'), [
    [1, 'freed', 4],
    [2, 'live', null],
    [3, 'replaced', null],
    [4, 'failed', null],
    [8, 'live', null],
    [9, 'freed', 3],
  ])
  t.same(await states({ tables: PAGES }, 'page_allocs'), [
    [1, 'unknown', null],
    [2, 'unknown', null],
    [3, 'unknown', null],
    [4, 'failed', null],
    [8, 'unknown', null],
    [9, 'unknown', null],
  ])
})

t.test('objects', async (t) => {
  const tables = {
    'kmem.kmalloc': { columns: object, rows: [{ ts: 1, ptr: 16 }] },
    'kmem.kmem_cache_alloc': {
      columns: object,
      rows: [
        { ts: 2, ptr: 32 },
        { ts: 3, ptr: 48 },
      ],
    },
    'kmem.kfree': {
      columns: { call_site: 'ubigint', ptr: 'ubigint' },
      rows: [{ ts: 7, ptr: 48 }],
    },
  }
  t.same(
    await states({ tables }, 'kernel_allocs'),
    [
      [1, 'live', null],
      [2, 'unknown', null],
      [3, 'freed', 4],
    ],
    'kfree may free an object of a cache',
  )
})

t.test('reports do not call alive what may have been freed', async (t) => {
  const tables = { 'kmem.kmalloc': { columns: object, rows: [{ ts: 1, ptr: 16, bytes_alloc: 8 }] } }
  const database = await makeDatabase({ tables })
  t.teardown(() => database.close())
  t.match(await answer(database, 'kernel-allocs'), [{ count: 1, live: null, live_bytes: null }])
  t.match(await answer(database, 'memory-by-task'), [{ allocs: 1, live: null, frees: null }])
})
