/** Reports by several threads: text and findings are those of one thread, whatever the pieces are. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openTrace, Report, type ReportOptions, reportText } from '../../parser/index.ts'
import { type PieceReport, PieceWriter } from '../../parser/report-piece.ts'
import { type Piece, PiecePlan } from '../../parser/report-plan.ts'
import { nameColumn } from '../../parser/text/line-head.ts'
import { fillNames } from '../../parser/text/piece-names.ts'
import { TextSink } from '../../parser/text/text-sink.ts'
import { fixture } from '../helpers/paths.ts'
import { repack } from '../helpers/repack.ts'

const folder = t.testdir()

/** A recording with a chunk for each sub-buffer, and the names given. */
function pack(name: string, more: { readonly cmdlines?: string } = {}): string {
  const path = join(folder, `${name}.dat`)
  const bytes = readFileSync(fixture('traces', `${name}.dat`))
  writeFileSync(path, repack(bytes, { version: 7, compression: 'zlib', chunkPages: 1, ...more }))
  return path
}

/** Names of threads come from events alone. */
const EVENTS = pack('amd64-6.12-user32-ev-v7-zstd', { cmdlines: '' })
const LOST = pack('amd64-6.12-lost-v7')
const BIG_ENDIAN = pack('s390x-6.1-ev-v6', { cmdlines: '' })
const GRAPH = pack('armhf-6.12-fg-depth')

interface Written {
  readonly text: string
  readonly pieces: number
  readonly findings: unknown
}

async function written(path: string, options: ReportOptions, threads: number): Promise<Written> {
  const trace = await openTrace(path)
  let text = ''
  let pieces = 0
  const choice = { threads, leastBytes: 0, pieceBytes: 1 }
  try {
    for await (const piece of reportText([trace], ['x'], options, choice)) {
      text += Buffer.from(piece).toString('latin1')
      pieces++
    }
    return { text, pieces, findings: trace.diagnostics.list() }
  } finally {
    trace.close()
  }
}

for (const [what, path, options] of [
  ['names that events give', EVENTS, {}],
  ['narrow columns', EVENTS, { latency: true }],
  ['lost events', LOST, {}],
  ['big-endian', BIG_ENDIAN, {}],
  ['a call tree, which one thread writes', GRAPH, {}],
] as const)
  t.test(`two threads write what one does: ${what}`, async (t) => {
    const one = await written(path, options, 1)
    const two = await written(path, options, 2)
    t.equal(two.text, one.text)
    t.same(two.findings, one.findings)
    if (path !== GRAPH) t.ok(two.pieces > 4, `${two.pieces} pieces`)
  })

t.test(
  'pieces are the same from the loops in WebAssembly, which small recordings do without',
  async (t) => {
    for (const path of [EVENTS, LOST, GRAPH]) {
      const one = await written(path, {}, 1)
      process.env.TRACEDUCK_LOOPS = 'wasm'
      const two = await written(path, {}, 2)
      delete process.env.TRACEDUCK_LOOPS
      t.ok(two.text === one.text, 'text')
      t.strictSame(two.findings, one.findings)
    }
  },
)

t.test('damage in the middle is told once, and where it is', async (t) => {
  const bytes = readFileSync(EVENTS)
  const trace = await openTrace(EVENTS)
  const cpu = trace.file.buffers[0]!.cpus.reduce((a, b) => (b.size > a.size ? b : a))
  trace.close()
  const path = join(folder, 'damaged.dat')
  const middle = cpu.offset + (cpu.size >> 1)
  bytes.fill(0xff, middle, middle + 64)
  writeFileSync(path, bytes)
  const one = await written(path, {}, 1)
  const two = await written(path, {}, 2)
  t.ok((one.findings as unknown[]).length > 0)
  t.equal(two.text, one.text)
  t.same(two.findings, one.findings)
})

t.test('a reader that has enough ends the threads', async (t) => {
  const trace = await openTrace(EVENTS)
  const choice = { threads: 3, leastBytes: 0, pieceBytes: 1 }
  for await (const piece of reportText([trace], ['x'], {}, choice)) {
    t.ok(piece.length > 0)
    break
  }
  trace.close()
})

t.test('pieces fit together in whatever order they are written', async (t) => {
  for (const path of [EVENTS, LOST, BIG_ENDIAN]) {
    const trace = await openTrace(path)
    const writer = new PieceWriter(trace, new Map(), {})
    const { streams, slotBytes } = writer.records.movable
    const plan = new PiecePlan(trace.file, streams, 0, slotBytes, 1)
    const all: Piece[] = []
    for (let piece = plan.next(); piece; piece = plan.next()) all.push(piece)
    t.ok(all.length > 4, `${all.length} pieces`)
    const done: { report: PieceReport; text: Uint8Array }[] = []
    const write = (piece: Piece): void => {
      const sink = new TextSink(0)
      const report = writer.write(piece, sink)
      done.push({ report, text: sink.copy() })
    }
    write(all[0]!)
    const { namesInOrder } = writer
    writer.learn(namesInOrder.settled!)
    for (const piece of all.slice(1).reverse()) write(piece)
    let text = `cpus=${trace.file.cpuCount}\n`
    let end: string | undefined
    for (const { report, text: part } of [done[0]!, ...done.slice(1).reverse()]) {
      t.notOk(report.isRefused)
      if (end !== undefined) t.equal(report.start, end)
      end = report.end
      t.ok(fillNames(part, report.names, namesInOrder, nameColumn(false)))
      text += Buffer.from(part).toString('latin1')
    }
    t.equal(text, (await written(path, {}, 1)).text)
    trace.close()
  }
})

t.test('where lines depend on others, one thread writes them', async (t) => {
  const trace = await openTrace(EVENTS)
  const choice = { threads: 2, leastBytes: 0, pieceBytes: 1 }
  const options: ReportOptions = { timeDifference: true }
  let text = ''
  for await (const piece of reportText([trace], ['x'], options, choice))
    text += Buffer.from(piece).toString('latin1')
  let expected = ''
  for (const piece of new Report([trace], ['x'], options).pieces())
    expected += Buffer.from(piece).toString('latin1')
  t.equal(text, expected)
  trace.close()
})
