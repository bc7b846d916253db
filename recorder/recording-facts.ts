/**
 * What the file of a recording says besides its events: formats and symbols, names and processes of
 * threads, the wall clock, and what the traced processes have open and mapped. Part of it is known
 * before the first event and survives a kill, the rest is when tracing is off.
 */

import type { Metadata, OptionRecord } from '../writer/metadata.ts'
import { collectMetadata, listCpus } from './collect.ts'
import { ownOptions, taskLine } from './own-facts.ts'
import { settingLines } from './recorded-settings.ts'
import type { LiveBuffer } from './setup.ts'
import { CLOCK_REALTIME, clockNs } from './syscalls.ts'
import { TaskTable } from './tasks.ts'
import { TracedProcesses } from './traced-processes.ts'
import type { RecordOptions } from './types.ts'
import { measureWallOffset, wallOptions } from './wall-clock.ts'

const RECORDER = 'traceduck'

/** Facts gathered from before tracing is on until after it is off. */
export class RecordingFacts {
  /** What is known at the start. */
  readonly metadata: Metadata
  readonly #buffers: readonly LiveBuffer[]
  readonly #notices: string[]
  readonly #tasks = new TaskTable()
  readonly #tgidsAtStart: ReadonlyMap<number, number>
  readonly #processes: TracedProcesses
  readonly #startedAt: WallPoint

  /** `buffers` are set up, the main one first; `commandPid` is about to exec. */
  constructor(
    buffers: readonly LiveBuffer[],
    options: RecordOptions,
    commandPid: number | undefined,
    notices: string[],
  ) {
    const main = buffers[0]!.tracefs
    const collected = collectMetadata(
      buffers.map(({ tracefs }) => tracefs),
      RECORDER,
    )
    notices.push(...collected.notices)
    this.#buffers = buffers
    this.#notices = notices
    this.#tasks.addLive()
    this.#tgidsAtStart = new Map(this.#tasks.tgids)
    this.#processes = beginProcesses(buffers, options, commandPid)
    this.#startedAt = measure(buffers)
    this.metadata = {
      ...collected.metadata,
      savedCmdlines: this.#tasks.cmdlines(),
      options: [
        ...collected.metadata.options,
        ...wallOptions(main, this.#startedAt.offset, options.date ?? false, notices),
        ...ownOptions([
          ...settingLines(options, buffers),
          ...this.#processes.descriptors,
          ...taskLines(this.#tasks.tgids),
        ]),
      ],
    }
  }

  /** With what is known now, tracing being off, and with further options. */
  end(further: readonly OptionRecord[]): Metadata {
    const time = interpolate(this.#startedAt, measure(this.#buffers))
    const found = this.#processes.end(time, this.#notices)
    const tasks = this.#tasks
    for (const [tid, tgid] of found.tgids) tasks.tgids.set(tid, tgid)
    const { tracefs } = this.#buffers[0]!
    tasks.addSavedNames(tracefs)
    if (!found.complete) tasks.addSavedProcesses(tracefs)
    tasks.addLive()
    const news = [...tasks.tgids].filter(([tid, tgid]) => this.#tgidsAtStart.get(tid) !== tgid)
    const { metadata } = this
    return {
      ...metadata,
      savedCmdlines: tasks.cmdlines(),
      options: [
        ...metadata.options,
        ...ownOptions([...taskLines(news), ...found.lines]),
        ...found.options,
        ...further,
      ],
    }
  }

  /** Ends without a result. */
  abandon(): void {
    this.#processes.abandon()
  }
}

function beginProcesses(
  buffers: readonly LiveBuffer[],
  { buffers: requests, filterCommand }: RecordOptions,
  commandPid: number | undefined,
): TracedProcesses {
  const follow = requests.some(({ followForks }) => followForks)
  const children = !filterCommand || follow
  return new TracedProcesses({
    command: commandPid === undefined ? undefined : { pid: commandPid, children },
    threads: requests.flatMap(({ pids }) => pids ?? []),
    children: follow,
    cpus: listCpus(buffers[0]!.tracefs),
  })
}

function* taskLines(tgids: Iterable<readonly [number, number]>): Generator<string> {
  for (const [tid, tgid] of tgids) yield taskLine(tid, tgid)
}

/** What the clocks showed at one moment: ns of the wall clock, µs from the trace clock to it. */
interface WallPoint {
  readonly wall: bigint
  readonly offset: bigint | undefined
}

function measure(buffers: readonly LiveBuffer[]): WallPoint {
  return { offset: measureWallOffset(buffers[0]!.tracefs), wall: clockNs(CLOCK_REALTIME) }
}

/** From the wall clock to time stamps; the clocks drift apart between the two points. */
function interpolate(a: WallPoint, b: WallPoint): (wall: bigint) => bigint | undefined {
  const [before, after] = [a.offset, b.offset]
  if (before === undefined || after === undefined) return () => undefined
  const span = b.wall - a.wall
  const drift = (after - before) * 1000n
  return (wall) => {
    const time = wall - before * 1000n - (span > 0n ? (drift * (wall - a.wall)) / span : 0n)
    return time < 0n ? 0n : time
  }
}
