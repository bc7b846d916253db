/** What a recovery came to, in words. */
import { eventsOf } from '../parser/container/salvage.ts'
import type { TraceFile } from '../parser/container/types.ts'
import { TraceError } from '../parser/error.ts'
import { emptyTally } from '../writer/sound-pages.ts'
import type { RebuiltCpu } from './rebuild.ts'

/** What was recovered. */
export interface Recovered {
  readonly output: string
  readonly fileBytes: number
  /** What is in the file, and what is known to be missing, a line for each CPU. */
  readonly lines: readonly string[]
  /** What was found wrong, and where things were taken from. */
  readonly notices: readonly string[]
}

/** The failure of a recovery that has nothing to do. */
export function nothingToRecover(why: string, hint = 'nothing was written'): TraceError {
  return new TraceError('ERR_RECOVER_NOTHING', `nothing to recover: ${why}`, { hint })
}

/**
 * A line for each CPU, and before them one for all. What the kernel counted is in the statistics
 * that recorders store at the end; they are compared where there are some.
 */
export function tallyText(cpus: readonly RebuiltCpu[], stats: TraceFile['cpuStats']): string[] {
  const names = new Set(cpus.map(({ buffer, cpu }) => `${buffer}/${cpu}`))
  const gone = stats
    .filter((stat) => !names.has(`${stat.buffer}/${stat.cpu}`) && eventsOf(stat) > 0)
    .map(({ buffer, cpu }) => ({ buffer, cpu, ...emptyTally() }))
  const all = [...cpus, ...gone].sort(byPlace)
  const events = all.reduce((sum, cpu) => sum + cpu.events, 0)
  const subBuffers = all.reduce((sum, cpu) => sum + cpu.subBuffers, 0)
  const total = `${counted(events)}${many(subBuffers, 'sub-buffer')}`
  return [total, ...all.map((cpu) => cpuLine(cpu, stats))]
}

function byPlace(a: RebuiltCpu, b: RebuiltCpu): number {
  return a.buffer < b.buffer ? -1 : a.buffer > b.buffer ? 1 : a.cpu - b.cpu
}

function cpuLine(tally: RebuiltCpu, stats: TraceFile['cpuStats']): string {
  const { buffer, cpu, events, subBuffers, shortened, left } = tally
  const stat = stats.find((one) => one.buffer === buffer && one.cpu === cpu)
  const before = stat === undefined ? Number.NaN : eventsOf(stat)
  const lost = before - events
  return [
    `${buffer === '' ? '' : `${buffer} `}CPU ${cpu}: ${counted(events)}${many(subBuffers, 'sub-buffer')}`,
    ...(lost > 0 ? [`${number(lost)} of ${number(before)} events lost`] : []),
    ...(shortened > 0 ? [`${many(shortened, 'sub-buffer')} there in part`] : []),
    ...(left > 0 ? [`${number(left)} empty or damaged left out`] : []),
  ].join('; ')
}

/** Nothing where events were not counted. */
function counted(events: number): string {
  return Number.isNaN(events) ? '' : `${many(events, 'event')}, `
}

function many(value: number, what: string): string {
  return `${number(value)} ${what}${value === 1 ? '' : 's'}`
}

function number(value: number): string {
  return value.toLocaleString('en-US')
}
