// Every derived relation and every report can be asked for on every recording that has its events.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { analysisObjects } from '../analysis/index.ts'
import { openTraceDatabase } from '../parser/trace-database.ts'
import { Recording } from '../queries/index.ts'
import { relationAnswers, reportAnswers } from './helpers/answers.ts'
import { fixture } from './helpers/paths.ts'

/** Of each architecture and kernel the first recording; with `TRACEDUCK_TEST_ALL=1` all of them. */
const seen = new Set<string>()
const files = ['reports', 'traces'].flatMap((folder) =>
  readdirSync(fixture(folder))
    .filter((name) => name.endsWith('.dat'))
    .filter((name) => {
      const kernel = folder === 'reports' ? name : name.split('-').slice(0, 2).join('-')
      return process.env.TRACEDUCK_TEST_ALL === '1' || seen.size < seen.add(kernel).size
    })
    .map((name) => join(fixture(folder), name)),
)

t.setTimeout(290_000)

t.test('all that a recording has the events for', async (t) => {
  const withRows = new Set<string>()
  for (const file of files) {
    const { database, trace, tables } = await openTraceDatabase(file, { objects: analysisObjects })
    const recording = await Recording.of(database, tables)
    for (const ask of [relationAnswers, reportAnswers]) {
      for await (const { name, rows, error } of ask(database, recording)) {
        if (error) t.fail(`${file}: ${name}: ${error.message}`)
        if (rows > 0) withRows.add(name)
      }
    }
    await database.close()
    trace.close()
  }
  t.ok(withRows.has('relation syscall_spans') && withRows.has('report icmp-allocs'))
})
