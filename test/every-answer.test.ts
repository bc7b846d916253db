// Every derived relation and every report can be asked for wherever its events were recorded.
import t from 'tap'
import { analysisObjects } from '../analysis/index.ts'
import { openTraceDatabase } from '../parser/trace-database.ts'
import { Recording } from '../queries/index.ts'
import { relationAnswers, reportAnswers } from './helpers/answers.ts'
import { everyRecording, someRecordings } from './helpers/recordings.ts'

t.setTimeout(290_000)

t.test('all that a recording has the events for', async (t) => {
  /** What had rows already where numbers have the same sizes and order of bytes: planning is most of the work. */
  const withRows = new Set<string>()
  for (const file of someRecordings()) {
    const { database, trace, tables } = await openTraceDatabase(file, { objects: analysisObjects })
    const recording = await Recording.of(database, tables)
    const kind = `${trace.file.headerPage.longSize}${trace.file.littleEndian ? 'le' : 'be'}`
    const wanted = (name: string): boolean => everyRecording || !withRows.has(`${kind} ${name}`)
    for (const ask of [relationAnswers, reportAnswers]) {
      for await (const { name, rows, error } of ask(database, recording, wanted)) {
        if (error) t.fail(`${file}: ${name}: ${error.message}`)
        if (rows > 0) withRows.add(`${kind} ${name}`)
      }
    }
    await database.close()
    trace.close()
  }
  t.ok(withRows.has('8le relation syscall_spans') && withRows.has('8le report icmp-allocs'))
})
