/** `event_text`: a row a record, with the text that trace-cmd prints. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import t from 'tap'
import { columnValue } from '../../parser/batch/column-value.ts'
import { eventTables } from '../../parser/catalogue.ts'
import { eventTextRelation } from '../../parser/event-text-relation.ts'
import { openTrace } from '../../parser/index.ts'
import { fixture } from '../helpers/paths.ts'

const NAME = 'amd64-6.12-user32-ev-v7-zstd'

t.test('rows in order of time, texts of the golden report', async (t) => {
  const trace = await openTrace(fixture('traces', `${NAME}.dat`))
  t.teardown(() => trace.close())
  const relation = eventTextRelation([trace], eventTables([trace]))
  const reader = relation.scan(relation.columns.map((_, i) => i))
  const rows: unknown[][] = []
  for (let batch = reader.next(); batch; batch = reader.next())
    for (let row = 0; row < batch.rows; row++)
      rows.push(batch.columns.map((_, i) => columnValue(batch, i, row)))
  reader.close()
  t.equal(rows.length, relation.estimatedRows)
  const golden = gunzipSync(readFileSync(fixture('traces', `${NAME}.report.txt.gz`)))
    .toString()
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => /^.*?-(\d+) +\[(\d+)\] \S+ +[\d.]+: (\w+): +(.*)$/.exec(line)!)
  t.equal(rows.length, golden.length)
  const same = rows.filter(([, cpu, pid, , event, , text], i) => {
    const [, goldenPid, goldenCpu, goldenEvent, goldenText] = golden[i]!
    const key = [Number(goldenPid), Number(goldenCpu), goldenEvent]
    // What a kernel variable is needed for is a question mark.
    const fits = text === goldenText || String(text).includes('?')
    return key.every((value, k) => value === [pid, cpu, event][k]) && fits
  })
  t.equal(same.length, rows.length)
})

t.test('text is made only for those who ask', async (t) => {
  const trace = await openTrace(fixture('traces', `${NAME}.dat`))
  t.teardown(() => trace.close())
  const relation = eventTextRelation([trace], eventTables([trace]))
  const reader = relation.scan([3])
  let rows = 0
  const systems = new Set<unknown>()
  for (let batch = reader.next(); batch; batch = reader.next()) {
    for (let row = 0; row < batch.rows; row++) systems.add(columnValue(batch, 0, row))
    rows += batch.rows
    t.ok(batch.pool.count < 20)
  }
  t.equal(rows, relation.estimatedRows)
  t.ok(systems.has('sched') && systems.has('kmem'))
})
