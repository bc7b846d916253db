import {
  compare,
  cpuSeconds,
  faster,
  importOf,
  peakMB,
  type Question,
  reportOf,
} from '../question.ts'

/** Events of the recording that the aim for CPU time was set on. */
const AIMED_EVENTS = 5.557e6

/** Every event into a DuckDB file. */
export const importAll: Question = {
  name: 'import',
  async run(context) {
    const input = await context.inputs.main
    return compare(context, {
      what: 'import every event',
      ours: importOf(context, input),
      peer: 'trace-cmd report',
      peerCommand: reportOf(context, input),
      targets: [faster(8), cpuSeconds((5 * input.events) / AIMED_EVENTS), peakMB(700)],
    })
  },
}
