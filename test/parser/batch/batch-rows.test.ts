// A pass over thousands of tables hands out smaller batches, with the same rows in the same order.
import { writeFileSync } from 'node:fs'
import t from 'tap'
import { columnValue } from '../../../parser/batch/column-value.ts'
import { batchRowsFor } from '../../../parser/batch/table-builder.ts'
import { openTrace, readBatches } from '../../../parser/index.ts'
import { type EventSpec, field, formatText, record } from '../../helpers/format-text.ts'
import { makeTrace } from '../../helpers/make-trace.ts'
import { PageBuilder } from '../../helpers/page-builder.ts'

const TABLES = 600
const ROWS = 3000

const specOf = (i: number): EventSpec => ({
  system: 'many',
  name: `event_${i}`,
  id: 1000 + i,
  fields: [field('u32 number', 4)],
})

t.test('few tables have whole batches, thousands share a budget', async (t) => {
  t.equal(batchRowsFor(1), 2048)
  t.equal(batchRowsFor(160), 2048)
  t.equal(batchRowsFor(2000), 1024)
  t.ok(batchRowsFor(100_000) > 0)
})

t.test('one busy table among hundreds', async (t) => {
  const specs = Array.from({ length: TABLES }, (_, i) => specOf(i))
  const pages: Uint8Array[] = []
  let page = new PageBuilder(1n)
  let inPage = 0
  const put = (spec: EventSpec, number: number): void => {
    page.data(1, record(spec, 7, { number }))
    if (++inPage < 100) return
    pages.push(page.finish())
    page = new PageBuilder(BigInt(pages.length + 1) * 1000n)
    inPage = 0
  }
  for (const spec of specs) put(spec, 0)
  for (let i = 1; i < ROWS; i++) put(specs[0]!, i)
  pages.push(page.finish())
  const path = `${t.testdir()}/t.dat`
  writeFileSync(
    path,
    makeTrace({
      formats: specs.map((spec) => ({ system: 'many', text: formatText(spec) })),
      buffers: [{ name: '', cpus: [{ cpu: 0, pages }] }],
    }),
  )
  const trace = await openTrace(path)
  const numbers: unknown[] = []
  const sizes: number[] = []
  for await (const batch of readBatches(trace)) {
    if (batch.table.name !== 'event_0') continue
    sizes.push(batch.rows)
    const at = batch.table.columns.findIndex(({ name }) => name === 'number')
    for (let row = 0; row < batch.rows; row++) numbers.push(columnValue(batch, at, row))
  }
  trace.close()
  t.same(
    numbers,
    Array.from({ length: ROWS }, (_, i) => i),
  )
  t.equal(Math.max(...sizes), batchRowsFor(TABLES))
})
