import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Journal, repairLeftovers, runningRecordings } from '../../recorder/journal.ts'
import { type FakeTracefs, fakeTracefs } from '../helpers/fake-tracefs.ts'

const begin = ({ tracefs, runtime }: FakeTracefs): Journal => Journal.begin(tracefs, runtime)

/** Makes a journal that of a process which is gone. */
function orphan(journal: Journal): void {
  const text = readFileSync(journal.path, 'utf8')
  writeFileSync(journal.path, text.replace(/"pid":\d+/, '"pid":1073741824'))
}

t.test('values, lists and additions are undone', async (t) => {
  const fake = fakeTracefs(t)
  const { tracefs, text } = fake
  fake.put('set_event_pid', '5\n')
  const journal = begin(fake)
  journal.set(tracefs, 'tracing_cpumask', '1')
  journal.set(tracefs, 'tracing_cpumask', '2')
  journal.set(tracefs, 'options/overwrite', '1')
  journal.include(tracefs, 'set_event_pid', ['5', '6'])
  journal.include(tracefs, 'set_event_pid', ['7'])
  journal.add(tracefs, 'uprobe_events', 'p:td/x /bin/true:0x10\n', '-:td/x\n')
  t.equal(text('tracing_cpumask'), '2')
  t.same(text('set_event_pid').split('\n'), ['5', '5', '6', '7'])
  const restored = journal.restore()
  t.same(restored, { count: 5, kept: [], failed: [] })
  t.equal(text('tracing_cpumask'), '3')
  t.equal(text('options/overwrite'), '1')
  t.same(text('set_event_pid').split('\n'), ['5', '5'], 'what was there stays')
  t.equal(text('uprobe_events'), 'p:td/x /bin/true:0x10\n-:td/x')
  t.notOk(existsSync(journal.path))
  t.same(journal.restore(), { count: 0, kept: [], failed: [] }, 'once is enough')
})

t.test('a change is in the journal before it is made', async (t) => {
  const fake = fakeTracefs(t)
  const journal = begin(fake)
  t.throws(() => journal.set(fake.tracefs, 'nosuch', '1'), { code: 'ERR_RECORD_UNSUPPORTED' })
  t.throws(() => journal.add(fake.tracefs, 'nosuch', 'a', 'b'), { code: 'ERR_RECORD_UNSUPPORTED' })
  t.match(readFileSync(journal.path, 'utf8'), /"op":"add".*nosuch/)
  t.same(journal.restore(), { count: 0, kept: [], failed: [] }, 'a refused change needs no undoing')
})

t.test('what others changed since is left alone', async (t) => {
  const fake = fakeTracefs(t)
  const journal = begin(fake)
  journal.set(fake.tracefs, 'saved_cmdlines_size', '4096')
  fake.put('saved_cmdlines_size', '777\n')
  t.same(journal.restore(), { count: 0, kept: ['saved_cmdlines_size'], failed: [] })
  t.equal(fake.text('saved_cmdlines_size'), '777')
})

t.test('recordings that change the same file restore what was before all of them', async (t) => {
  const orders = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ] as const
  for (const sizes of [
    ['1000', '2000', '3000'],
    ['1000', '1000', '1000'],
    ['1000', '128', '1000'],
  ]) {
    for (const order of orders) {
      const fake = fakeTracefs(t)
      const journals = sizes.map((size) => {
        const journal = begin(fake)
        journal.set(fake.tracefs, 'saved_cmdlines_size', size)
        journal.include(fake.tracefs, 'set_event_notrace_pid', ['42', size])
        return journal
      })
      const last = journals[order[2]]!
      journals[order[0]]!.restore()
      journals[order[1]]!.restore()
      t.ok(
        fake.text('set_event_notrace_pid').split('\n').includes('42'),
        'the last one keeps its pid',
      )
      t.same(last.restore().failed, [])
      const name = `${sizes} ended ${order}`
      t.equal(fake.text('saved_cmdlines_size'), '128', name)
      t.equal(fake.text('set_event_notrace_pid'), '', name)
    }
  }
})

t.test('what a killed recording left is repaired, and only that', async (t) => {
  const fake = fakeTracefs(t)
  const { tracefs, runtime } = fake
  const killed = begin(fake)
  killed.createInstance('traceduck-gone')
  killed.set(tracefs, 'trace_clock', 'mono')
  fake.put('trace_clock', 'local mono [boot]\n')
  killed.set(tracefs, 'tracing_on', '0')
  orphan(killed)
  const running = begin(fake)
  running.createInstance('traceduck-here')
  running.set(tracefs, 'options/stacktrace', '1')
  t.same(runningRecordings(tracefs, runtime), [process.pid])
  t.same(repairLeftovers(tracefs, runtime), [
    { pid: 1073741824, count: 2, kept: ['trace_clock'], failed: [] },
  ])
  t.equal(fake.text('tracing_on'), '1')
  t.equal(fake.text('options/stacktrace'), '1', 'the running one keeps its settings')
  t.same(tracefs.folders('instances'), ['traceduck-here'])
  t.same(repairLeftovers(tracefs, runtime), [])
  running.restore()
  t.same(readdirSync(runtime), [], 'nothing is left in the runtime folder')
})

t.test('a kill between journal and change, or within a line, is no harm', async (t) => {
  const fake = fakeTracefs(t)
  const journal = begin(fake)
  journal.set(fake.tracefs, 'tracing_cpumask', '1')
  const at = 1e15
  const planned = { op: 'set', at, path: 'options/overwrite', old: '1' }
  appendFileSync(journal.path, `\n${JSON.stringify(planned)}\n\n{"op":"instance","na`)
  orphan(journal)
  t.same(repairLeftovers(fake.tracefs, fake.runtime)[0]?.failed, [])
  t.equal(fake.text('tracing_cpumask'), '3')
  t.equal(fake.text('options/overwrite'), '1')
})

t.test('journals of an earlier boot, of other mounts and of nobody', async (t) => {
  const fake = fakeTracefs(t)
  const other = fakeTracefs(t)
  const old = begin(fake)
  old.set(fake.tracefs, 'tracing_cpumask', '1')
  orphan(old)
  const text = readFileSync(old.path, 'utf8')
  writeFileSync(old.path, text.replace(/"boot":"[^"]*"/, '"boot":"another"'))
  const elsewhere = Journal.begin(other.tracefs, fake.runtime)
  orphan(elsewhere)
  writeFileSync(join(fake.runtime, '1073741824-1-1.journal'), '{"op":"be')
  t.same(repairLeftovers(fake.tracefs, fake.runtime), [])
  t.equal(fake.text('tracing_cpumask'), '1', 'a new boot has settings of its own')
  t.same(readdirSync(fake.runtime), [elsewhere.path.split('/').at(-1)])
})

t.test('a journal leads nowhere outside of tracefs', async (t) => {
  const fake = fakeTracefs(t)
  const outside = join(fake.tracefs.mount, '../victim')
  writeFileSync(outside, 'before')
  for (const path of ['../victim', outside, 'events/../../victim']) {
    const journal = begin(fake)
    appendFileSync(journal.path, `\n${JSON.stringify({ op: 'set', at: 1, path, old: 'after' })}\n`)
    appendFileSync(
      journal.path,
      `\n${JSON.stringify({ op: 'add', at: 2, path, text: 'a', undo: 'after' })}\n`,
    )
    appendFileSync(journal.path, `\n${JSON.stringify({ op: 'instance', at: 3, name: '../run' })}\n`)
    orphan(journal)
    const [repaired] = repairLeftovers(fake.tracefs, fake.runtime)
    t.equal(repaired?.failed.length, 3, path)
    t.equal(readFileSync(outside, 'utf8'), 'before')
  }
})
