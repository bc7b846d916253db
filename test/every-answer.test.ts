// Every derived relation and every report can be asked for wherever its events were recorded.
import t from 'tap'
import { analysisObjects } from '../analysis/index.ts'
import { openTraceDatabase } from '../parser/trace-database.ts'
import { Recording } from '../queries/index.ts'
import { relationAnswers, reportAnswers } from './helpers/answers.ts'
import { someRecordings } from './helpers/recordings.ts'

t.setTimeout(290_000)

t.test('all that a recording has the events for', async (t) => {
  const withRows = new Set<string>()
  for (const file of someRecordings()) {
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
