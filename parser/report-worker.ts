/** A thread that writes pieces of a report. */
import { parentPort, workerData } from 'node:worker_threads'
import { borrowFd } from './container/source.ts'
import { openContainer } from './container/trace-file.ts'
import type { ClockCorrections } from './container/types.ts'
import { Diagnostics } from './diagnostics.ts'
import type { ReportOptions } from './report-options.ts'
import { PIECE_ROOM, type PieceReport, PieceWriter, transferOf } from './report-piece.ts'
import type { Piece } from './report-plan.ts'
import { TextSink } from './text/text-sink.ts'
import { Trace } from './trace.ts'

/** What a thread works on. */
export interface WorkerSetup {
  readonly fd: number
  readonly name: string
  readonly size: number
  readonly firstSource: number
  /** As the main thread reads times. */
  readonly corrections: ClockCorrections
  readonly prefixes: ReadonlyMap<number, string>
  readonly options: ReportOptions
}

/** A piece to write. */
export interface PieceJob {
  readonly piece: Piece
  /** Names that are known for good, those of earlier jobs left out. */
  readonly names: readonly (readonly [number, Uint8Array])[]
  /** Where the text goes, handed over or shared; something else where there is no room. */
  readonly memory: Uint8Array | undefined
}

/** A piece that is written: its text is `memory[0 … length]`, which is handed over or shared. */
export interface PieceDone {
  readonly report: PieceReport
  readonly memory: Uint8Array
  readonly length: number
}

function start(port: NonNullable<typeof parentPort>, setup: WorkerSetup): void {
  const { fd, name, size, firstSource, corrections, prefixes, options } = setup
  const diagnostics = new Diagnostics()
  const file = { ...openContainer(borrowFd(fd, name, size), diagnostics), corrections }
  const trace = new Trace(file, diagnostics, firstSource)
  const known = damageOf(diagnostics)
  const writer = new PieceWriter(trace, prefixes, options)
  port.on('message', ({ piece, names, memory }: PieceJob) => {
    writer.learn(names)
    const sink = new TextSink(memory ? 0 : PIECE_ROOM, !writer.records.hasLoops)
    if (memory) sink.moveTo(memory)
    const report = writer.write(piece, sink)
    // Of a section that was read only now.
    const isRefused = report.isRefused || damageOf(diagnostics) !== known
    const done: PieceDone = {
      report: { ...report, isRefused },
      memory: sink.bytes,
      length: sink.length,
    }
    port.postMessage(done, transferOf(done.memory))
  })
}

function damageOf(diagnostics: { list(): readonly { readonly count: number }[] }): number {
  return diagnostics.list().reduce((sum, { count }) => sum + count, 0)
}

if (parentPort) start(parentPort, workerData as WorkerSetup)
