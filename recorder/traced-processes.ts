/**
 * What a recording keeps of the processes it is about, the command's and those of `-P`: descriptors
 * that they have open at the start, and the executable files mapped into them until the end.
 */

import { OPTION, type OptionRecord } from '../writer/metadata.ts'
import { fileLines, identified } from './mapped-files.ts'
import { MappingHistory } from './mapping-history.ts'
import { MappingWatch } from './mapping-watch.ts'
import { descriptorLine, mapLine } from './own-facts.ts'
import {
  encodeProcessMapping,
  type OpenDescriptor,
  type ProcessMapping,
  processOf,
  readDescendants,
  readDescriptors,
  readProcessMapping,
} from './process-info.ts'

/** Which processes a recording is about. */
export interface TracedRequest {
  /** The command, ready to exec, and whether its children are recorded. */
  readonly command?: { readonly pid: number; readonly children: boolean } | undefined
  /** Threads of `-P`, and whether children of their processes are recorded. */
  readonly threads: readonly number[]
  readonly children: boolean
  /** CPUs of the machine. */
  readonly cpus: readonly number[]
}

/** Open flag of open(2): closed by an exec. */
const O_CLOEXEC = 0o2000000

/** Followed from before tracing is on to `end`, when it is off again. */
export class TracedProcesses {
  /** Lines of option TRACEDUCK that are known at the start. */
  readonly descriptors: readonly string[]
  readonly #request: TracedRequest
  readonly #history = new MappingHistory()
  readonly #watch: MappingWatch | string | undefined

  /** Looks at the processes, and watches them from now on. */
  constructor(request: TracedRequest) {
    this.#request = request
    const { command, threads, children, cpus } = request
    const pids = [...new Set(threads.flatMap((tid) => processOf(tid) ?? []))]
    const kept = command ? readDescriptors([command.pid]).filter(staysOpen) : []
    this.descriptors = [...kept, ...readDescriptors(pids)].map(descriptorLine)
    if (command) this.#history.follow(command.pid, undefined, command.children)
    const named = command !== undefined || pids.length > 0
    // Watched from before it is read, so that nothing is missed between.
    if (named) this.#watch = MappingWatch.start(this.#history, cpus)
    for (const pid of pids) this.#history.follow(pid, readExecutable(pid), children)
  }

  /**
   * Ends watching. Returns what is known by then; `traceTime` turns times of the wall clock into time
   * stamps, undefined where it cannot. What could not be had is added to `notices`.
   */
  end(traceTime: (wall: bigint) => bigint | undefined, notices: string[]): TracedFacts {
    const watch = this.#watch
    let complete = false
    if (watch instanceof MappingWatch) {
      const lost = watch.stop()
      complete = lost === 0
      const { dropped } = this.#history
      if (lost > 0) notices.push(`${lost} execs, forks and mappings of processes were missed`)
      if (dropped > 0) notices.push(`${dropped} mapped files of processes were too many to keep`)
    } else if (watch !== undefined) {
      this.#readLiving()
      notices.push(`mapped files of processes that ended are not in the file: ${watch}`)
    }
    const time = (wall: bigint | undefined): bigint | undefined =>
      wall === undefined ? undefined : traceTime(wall)
    const ranges = [...this.#history.ranges()]
    const lines = [
      ...ranges.map((range) =>
        mapLine({ ...range, from: time(range.from), until: time(range.until) }),
      ),
      ...fileLines(ranges),
    ]
    const options = [...this.#history.mappings()].map((mapping) => ({
      id: OPTION.procmaps,
      payload: encodeProcessMapping(mapping),
    }))
    const tgids = watch instanceof MappingWatch ? watch.tgids : new Map<number, number>()
    return { lines, options, tgids, complete }
  }

  /** Without a watch: what is there still. */
  #readLiving(): void {
    const { command } = this.#request
    if (!command) return
    for (const pid of [command.pid, ...(command.children ? readDescendants([command.pid]) : [])]) {
      this.#history.follow(pid, readExecutable(pid), false)
    }
  }

  /** Ends watching without a result. */
  abandon(): void {
    if (this.#watch instanceof MappingWatch) this.#watch.stop()
  }
}

/** What was learnt of processes by the end. */
export interface TracedFacts {
  /** Lines of option TRACEDUCK. */
  readonly lines: readonly string[]
  /** One PROCMAPS for each process. */
  readonly options: readonly OptionRecord[]
  /** Processes of threads that came into being meanwhile. */
  readonly tgids: ReadonlyMap<number, number>
  /** Whether these are all that came into being. */
  readonly complete: boolean
}

function staysOpen({ flags }: OpenDescriptor): boolean {
  return flags === undefined || (flags & O_CLOEXEC) === 0
}

function readExecutable(pid: number): ProcessMapping | undefined {
  const mapping = readProcessMapping(pid)
  if (mapping === undefined) return undefined
  const maps = mapping.maps.filter(({ executable }) => executable)
  return { ...mapping, maps: identified(pid, maps) }
}
