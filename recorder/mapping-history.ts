/**
 * Which files were mapped into the traced processes, and when: what processes have at the start, and
 * what they fork, exec and map from then on, told in order of time.
 */
import type { MappedPlace, MappedRange, ProcessMapping } from './process-info.ts'

/** Something that changes what is mapped. Times are in one clock, ns. */
export type MappingEvent =
  | { readonly kind: 'fork'; readonly time: bigint; readonly parent: number; readonly pid: number }
  | { readonly kind: 'exec'; readonly time: bigint; readonly pid: number }
  | ({ readonly kind: 'map'; readonly time: bigint; readonly pid: number } & MappedPlace)

/** More is not kept: some MB of the file. */
export const MOST_RANGES = 50_000

interface LiveRange extends MappedPlace {
  readonly from: bigint | undefined
}

interface Process {
  /** Path of the program: what an exec maps first. */
  program: string | undefined
  ranges: LiveRange[]
  /** No range is below or above: what is outside covers none, which spares looking at all of them. */
  low: bigint
  high: bigint
  /** Nothing of its own yet: what it has is its parent's. */
  inherited: boolean
  readonly followed: boolean
}

/** What is mapped into the processes that were named, and into their children if wished. */
export class MappingHistory {
  /** Ranges that were not kept for there being too many. */
  dropped = 0
  readonly #processes = new Map<number, Process>()
  readonly #past: MappedRange[] = []
  #count = 0

  /** Follows a process that has this mapped now; its children too if `withChildren`. */
  follow(pid: number, mapping: ProcessMapping | undefined, withChildren: boolean): void {
    const maps = mapping?.maps ?? []
    this.#count += maps.length
    this.#processes.set(pid, {
      program: mapping?.program,
      ranges: maps.map((range) => ({ ...range, from: undefined })),
      ...boundsOf(maps),
      inherited: false,
      followed: withChildren,
    })
  }

  /** Takes in an event; those of other processes are passed over. */
  see(event: MappingEvent): void {
    if (event.kind === 'fork') {
      this.#fork(event.parent, event.pid, event.time)
      return
    }
    const process = this.#processes.get(event.pid)
    if (process === undefined) return
    if (event.kind === 'exec') this.#exec(event.pid, process, event.time)
    else this.#map(event, process)
  }

  #fork(parent: number, pid: number, time: bigint): void {
    const from = this.#processes.get(parent)
    const before = this.#processes.get(pid)
    if (before !== undefined) this.#retire(pid, before.ranges, time)
    this.#processes.delete(pid)
    if (!from?.followed) return
    const ranges = from.ranges.slice(0, Math.max(0, MOST_RANGES - this.#count))
    this.#count += ranges.length
    this.dropped += from.ranges.length - ranges.length
    this.#processes.set(pid, {
      program: from.program,
      ranges: ranges.map((range) => ({ ...range, from: time })),
      low: from.low,
      high: from.high,
      inherited: true,
      followed: true,
    })
  }

  /** What a child had of its parent until it became another program is not worth a row each. */
  #exec(pid: number, process: Process, time: bigint): void {
    if (process.inherited) this.#count -= process.ranges.length
    else this.#retire(pid, process.ranges, time)
    process.program = undefined
    process.ranges = []
    Object.assign(process, boundsOf([]))
    process.inherited = false
  }

  #map(
    event: MappedPlace & { readonly pid: number; readonly time: bigint },
    process: Process,
  ): void {
    if (this.#count >= MOST_RANGES) {
      this.dropped++
      return
    }
    const { time, path, start, end, offset, buildId, inode } = event
    if (start < process.high && process.low < end) this.#cover(event, process)
    if (start < process.low) process.low = start
    if (end > process.high) process.high = end
    process.program ??= path
    process.ranges.push({ start, end, offset, path, buildId, inode, from: time })
    process.inherited = false
    this.#count++
  }

  /** A new range takes the place of those that it covers, if only in part. */
  #cover(
    { pid, time, start, end }: MappedPlace & { readonly pid: number; readonly time: bigint },
    process: Process,
  ): void {
    const covered = process.ranges.filter((range) => range.start < end && start < range.end)
    if (covered.length === 0) return
    this.#retire(pid, covered, time)
    process.ranges = process.ranges.filter((range) => !covered.includes(range))
  }

  #retire(pid: number, ranges: readonly LiveRange[], until: bigint): void {
    for (const range of ranges) this.#past.push({ pid, until, ...range })
  }

  /** What each process has now, or had when it ended; those with nothing are left out. */
  *mappings(): Generator<ProcessMapping> {
    for (const [pid, { program, ranges }] of this.#processes) {
      if (program === undefined || ranges.length === 0) continue
      const maps = ranges.toSorted((a, b) => (a.start < b.start ? -1 : 1))
      yield { pid, program, maps }
    }
  }

  /** Everything, past and present. */
  *ranges(): Generator<MappedRange> {
    yield* this.#past
    for (const [pid, { ranges }] of this.#processes)
      for (const range of ranges) yield { pid, until: undefined, ...range }
  }
}

/** What ranges lie between; nothing is between the bounds of none. */
function boundsOf(ranges: readonly MappedPlace[]): { low: bigint; high: bigint } {
  let [low, high] = [1n << 64n, 0n]
  for (const { start, end } of ranges) {
    if (start < low) low = start
    if (end > high) high = end
  }
  return { low, high }
}
