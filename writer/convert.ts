/** A recording as a trace.dat of another version or codec, its sub-buffers unaltered. */
import type { TraceFile } from '../parser/container/types.ts'
import type { Diagnostics } from '../parser/diagnostics.ts'
import type { OnRead } from './saved.ts'
import { emptyTally, type PageTally, soundPages } from './sound-pages.ts'
import type { Target } from './target.ts'
import { savedBuffers, writeText, writeTrace } from './write-trace.ts'

/** What was written of one CPU. */
export interface WrittenCpu extends PageTally {
  readonly buffer: string
  readonly cpu: number
}

/** What was written, and what could not be. */
export interface Converted {
  readonly cpus: readonly WrittenCpu[]
  readonly notices: readonly string[]
}

/**
 * Writes `file` to `fd` as `target` asks. Of damaged sub-buffers everything is written that makes
 * sense, and counted; damage elsewhere goes to `diagnostics`. Throws what `writeTrace` throws.
 */
export async function convertTrace(
  file: TraceFile,
  diagnostics: Diagnostics,
  target: Target,
  fd: number,
  onRead?: OnRead,
): Promise<Converted> {
  const cpus: WrittenCpu[] = []
  const notices: string[] = []
  if (file.latencyText) {
    writeText(fd, file, target, notices)
    return { cpus, notices }
  }
  await writeTrace(fd, {
    file,
    target,
    notices,
    buffers: savedBuffers(file, diagnostics, onRead),
    pagesOf: (buffer, { cpu, pieces }) => {
      const tally = { buffer: buffer.name, cpu, ...emptyTally() }
      cpus.push(tally)
      return soundPages(pieces(), buffer.shape, tally)
    },
  })
  return { cpus, notices }
}
