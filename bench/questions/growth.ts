import { compare, costAtMost, decodeOf, importOf, peakMB, type Question } from '../question.ts'

const TIMES = 8
/** More than linear by at most so much. */
const TOLERANCE = 1.15

/** What a recording of eight times the length costs. */
export const growth: Question = {
  name: 'growth',
  async run(context) {
    const once = await context.inputs.main
    const often = await context.inputs.repeat(TIMES)
    const linear = costAtMost(TIMES * TOLERANCE)
    return [
      ...compare(context, {
        what: `decode, ${TIMES} times the size`,
        ours: decodeOf(context, often),
        peer: 'decode',
        peerCommand: decodeOf(context, once),
        targets: [linear],
      }),
      ...compare(context, {
        what: `import, ${TIMES} times the size`,
        ours: importOf(context, often),
        peer: 'import',
        peerCommand: importOf(context, once),
        targets: [linear, peakMB(700)],
      }),
    ]
  },
}
