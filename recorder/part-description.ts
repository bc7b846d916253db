/**
 * What describes the sub-buffers in parts that have no description of their own: the unfinished
 * file beside them, another trace.dat of the same kernel, or the kernel while it still runs.
 */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { OPTION } from '../parser/container/options.ts'
import type { HeaderPage, TraceFile } from '../parser/container/types.ts'
import { TraceError } from '../parser/error.ts'
import { codecOf } from '../writer/codec.ts'
import type { Codec } from '../writer/layout.ts'
import { type Preamble, preambleOf } from '../writer/metadata.ts'
import { readPreamble } from '../writer/preamble.ts'
import { currentClock } from './collect.ts'
import { describeKernel } from './kernel-facts.ts'
import type { PartFile, PartSet } from './part-files.ts'
import { pageLayout } from './raw-recording.ts'
import { openDamaged } from './recover-file.ts'
import { nothingToRecover } from './recovered.ts'
import { Tracefs } from './tracefs.ts'

/** A description of parts. */
export interface PartDescription {
  readonly version: 6 | 7
  readonly codec: Codec['name']
  readonly preamble: Preamble
  /** Sub-buffers of the main buffer. */
  readonly page: HeaderPage
  readonly clockOf: (buffer: string) => string
  /** Counters of this recording, where they are known. */
  readonly cpuStats: TraceFile['cpuStats']
  /** Where it comes from. */
  readonly notices: readonly string[]
}

/**
 * Describes `set`, by the trace.dat `metadata` if one is named. Throws `ERR_RECOVER_NOTHING` where
 * nothing does.
 */
export function describeParts(set: PartSet, metadata: string | undefined): PartDescription {
  const cpus = Math.max(...set.parts.map(({ cpu }) => cpu)) + 1
  if (metadata !== undefined) return byOtherFile(metadata, cpus)
  return byUnfinishedFile(set.output, cpus) ?? byKernel(set.parts)
}

/** The file that was being written when the recorder was killed, if it got far enough. */
function byUnfinishedFile(path: string, cpus: number): PartDescription | undefined {
  if (!existsSync(path)) return undefined
  try {
    const { file, whole } = openDamaged(path)
    try {
      if (whole) return undefined
      const notices = [`events are described by ${path}, which was never finished`]
      const preamble = readPreamble(file, notices, { cpus })
      return fromFile(file, { version: file.version, codec: codecOf(file), preamble, notices })
    } finally {
      file.close()
    }
  } catch (error) {
    if (error instanceof TraceError) return undefined
    throw error
  }
}

/** Belongs to one recording. */
const OF_ONE_RECORDING: ReadonlySet<number> = new Set([OPTION.cpuStat, OPTION.traceId])

function byOtherFile(path: string, cpus: number): PartDescription {
  const { file } = openDamaged(path)
  try {
    const notices = [`events are described by ${path}`]
    const read = readPreamble(file, notices, { version: 7, cpus })
    const options = read.options.filter(({ id }) => !OF_ONE_RECORDING.has(id))
    const preamble = { ...read, options }
    const described = fromFile(file, { version: 7, codec: 'zstd', preamble, notices })
    return { ...described, cpuStats: [] }
  } finally {
    file.close()
  }
}

function fromFile(
  file: TraceFile,
  rest: Pick<PartDescription, 'version' | 'codec' | 'preamble' | 'notices'>,
): PartDescription {
  const clocks = new Map(file.buffers.map(({ name, clock }) => [name, clock]))
  const clockOf = (buffer: string): string => clocks.get(buffer) ?? clocks.get('') ?? 'local'
  return { ...rest, page: file.headerPage, clockOf, cpuStats: file.cpuStats }
}

function byKernel(parts: readonly PartFile[]): PartDescription {
  if (!parts.some(({ path }) => statSync(path).mtimeMs >= bootTimeMs())) {
    const why = 'nothing describes the events of these parts, which are older than this boot'
    throw nothingToRecover(why, 'name a trace.dat of the same kernel and events with --metadata')
  }
  const { top } = Tracefs.find()
  const clock = currentClock(top)
  const notices = [`events are described by this kernel as it is now, with trace_clock ${clock}`]
  const metadata = describeKernel([top], false, notices)
  const clockOf = (buffer: string): string => {
    const view = top.at(buffer)
    return currentClock(view.exists('trace_clock') ? view : top)
  }
  const page = pageLayout(metadata)
  const preamble = preambleOf(metadata)
  return { version: 7, codec: 'zstd', preamble, page, clockOf, cpuStats: [], notices }
}

/** When this boot began, ms since the epoch. Authority: proc(5), /proc/stat. */
function bootTimeMs(): number {
  const seconds = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'latin1'))?.[1]
  return Number(seconds ?? 0) * 1000
}
