import { existsSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { type RecordingState, readState, removeState, writeState } from '../../recorder/state.ts'

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')
const STATE: RecordingState = {
  output: 't.dat',
  version: 7,
  compression: 'zstd',
  metadata: {
    headerPage: bytes('page'),
    headerEvent: Buffer.alloc(0),
    ftraceFormats: [bytes('one'), bytes('two')],
    systems: [{ system: 'sched', formats: [bytes('three')] }],
    kallsyms: bytes('\x00\xff\n'.repeat(1000)),
    printkFormats: Buffer.alloc(0),
    savedCmdlines: bytes('1 init\n'),
    options: [{ id: 9, payload: bytes('traceduck\0') }],
    cpuCount: 2,
    pageSize: 4096,
  },
  regions: [{ buffer: '', cpu: 0, offset: 2 ** 30, room: 2 ** 40 }],
  buffers: [{ name: '', clock: 'local', subBufferBytes: 4096 }],
}

t.test('a state comes back, and what is large is written once', async (t) => {
  const raw = `${t.testdir()}/t.dat.partial`
  writeState(raw, STATE)
  t.same(readState(raw), STATE)
  const { size } = statSync(`${raw}.bytes`)
  const savedCmdlines = bytes('1 init\n2 kthreadd\n')
  const later = { ...STATE, metadata: { ...STATE.metadata, savedCmdlines }, drained: [] }
  writeState(raw, later)
  t.same(readState(raw), later)
  t.equal(statSync(`${raw}.bytes`).size, size + savedCmdlines.length)
  const read = readState(raw)
  writeState(raw, { ...read, output: 'other' })
  t.equal(readState(raw).output, 'other')
  removeState(raw)
  t.same(readdirSync(t.testdirName), [])
})

t.test('one that is not whole is refused', async (t) => {
  const raw = `${t.testdir()}/t.dat.partial`
  const refused = (message: RegExp) =>
    t.throws(() => readState(raw), { code: 'ERR_TRACE_OPEN', message })
  refused(/ENOENT/)
  writeState(raw, STATE)
  truncateSync(`${raw}.bytes`, 10)
  refused(/its .bytes file ends before/)
  writeFileSync(`${raw}.json`, '{"format": 1}')
  refused(/not what this version/)
  writeFileSync(`${raw}.json`, '{')
  refused(/JSON/)
  t.ok(existsSync(raw) === false)
})
