/**
 * Follows what processes map while they run, however short they live, without touching them: the
 * kernel writes a record for each exec, fork and executable mapping of the machine into one ring per
 * CPU, as for `perf record -a`. Nothing is sampled, and a process that does none of the three
 * notices nothing. Authority: perf_event_open(2).
 */
import type { MappingEvent, MappingHistory } from './mapping-history.ts'
import { noRecords, type PerfRecords, readPerfRecords, sideBandAttributes } from './perf-records.ts'
import { PerfRing } from './perf-ring.ts'
import { CLOCK_REALTIME, clockNs, SystemError } from './syscalls.ts'

const RING_BYTES = 512 * 1024

/** Feeds a history from the rings of all CPUs; times are those of the wall clock, ns. */
export class MappingWatch {
  /** Process of each thread that came into being. */
  readonly tgids: Map<number, number> = new Map()
  readonly #history: MappingHistory
  readonly #rings: PerfRing[] = []
  readonly #records: PerfRecords = noRecords()

  private constructor(history: MappingHistory) {
    this.#history = history
  }

  /** Watches these CPUs, or says why it cannot. */
  static start(history: MappingHistory, cpus: readonly number[]): MappingWatch | string {
    const watch = MappingWatch.#open(history, cpus, true)
    return watch instanceof MappingWatch ? watch : MappingWatch.#open(history, cpus, false)
  }

  /** Older kernels do not know of build ids. */
  static #open(
    history: MappingHistory,
    cpus: readonly number[],
    buildIds: boolean,
  ): MappingWatch | string {
    const watch = new MappingWatch(history)
    const attr = sideBandAttributes(CLOCK_REALTIME, RING_BYTES / 4, buildIds)
    try {
      for (const cpu of cpus) {
        watch.#rings.push(new PerfRing(attr, cpu, RING_BYTES, () => watch.#take()))
      }
      return watch
    } catch (error) {
      watch.#close()
      if (error instanceof SystemError) return error.message
      throw error
    }
  }

  /** Takes in the rest and ends; returns how many records the kernel had no room for. */
  stop(): number {
    this.#take()
    this.#settle(undefined)
    this.#close()
    return this.#records.lost
  }

  /** Rings are read one after the other: what is younger than the first reading has to wait. */
  #take(): void {
    const before = clockNs(CLOCK_REALTIME)
    for (const ring of this.#rings) readPerfRecords(ring.take(), this.#records)
    for (const { tid, tgid } of this.#records.tasks) this.tgids.set(tid, tgid)
    this.#records.tasks.length = 0
    this.#settle(before)
  }

  #settle(until: bigint | undefined): void {
    const { events } = this.#records
    events.sort(byTime)
    const later = until === undefined ? -1 : events.findIndex(({ time }) => time >= until)
    const ready = events.splice(0, later < 0 ? events.length : later)
    for (const event of ready) this.#history.see(event)
  }

  #close(): void {
    for (const ring of this.#rings) ring.close()
    this.#rings.length = 0
  }
}

function byTime(a: MappingEvent, b: MappingEvent): number {
  return a.time < b.time ? -1 : a.time > b.time ? 1 : 0
}
