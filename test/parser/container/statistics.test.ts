import { readdirSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import t from 'tap'
import { statistics, statisticsText } from '../../../parser/container/statistics.ts'
import { openBytes } from '../../helpers/open-bytes.ts'
import { fixture } from '../../helpers/paths.ts'
import { readReference, referencePages } from '../../helpers/reference-reader.ts'

const END = '.stat.txt.gz'
const names = readdirSync(fixture('traces'))
  .filter((file) => file.endsWith(END))
  .map((file) => file.slice(0, -END.length))

const open = (name: string) => openBytes(readFileSync(fixture(`traces/${name}.dat`)))

/** What `trace-cmd report --stat` printed, without the lines that say which hooks there were. */
const golden = (name: string): string => {
  const text = gunzipSync(readFileSync(fixture(`traces/${name}${END}`))).toString('latin1')
  return text.slice(text.indexOf('cpus='), text.indexOf('\n==== dump'))
}

t.test('the text is that of trace-cmd', async (t) => {
  t.ok(names.length >= 8, 'texts were found')
  for (const name of names) {
    const { file, diagnostics } = open(name)
    const text = statisticsText(file, statistics(file, diagnostics))
    t.equal(Buffer.from(text).toString('latin1'), golden(name), name)
    t.same(diagnostics.list(), [], 'nothing is wrong with it')
  }
})

t.test('every buffer, with the size of its sub-buffers', async (t) => {
  const { file, diagnostics } = open('s390x-7.2-subbuf-mixed')
  const reference = readReference(readFileSync(fixture('traces/s390x-7.2-subbuf-mixed.dat')))
  const { buffers, cpus } = statistics(file, diagnostics)
  t.equal(cpus, 2)
  t.same(
    buffers.map((buffer) => [
      buffer.name,
      buffer.sub_buffer_size,
      ...buffer.cpus.map((cpu) => cpu.uncompressed_bytes),
    ]),
    reference.buffers.map((buffer) => [
      buffer.name,
      buffer.pageSize,
      ...buffer.cpus.map(
        (cpu) => buffer.pageSize * [...referencePages(reference, buffer, cpu)].length,
      ),
    ]),
  )
  const [first] = buffers[0]!.cpus
  t.match(first, { offset: 40960, bytes: 1517 })
  t.same(Object.keys(first!.stats), [
    'entries',
    'overrun',
    'commit_overrun',
    'bytes',
    'oldest_event_ts',
    'now_ts',
    'dropped_events',
    'read_events',
  ])
})
