import { beyond, compare, type Question } from '../question.ts'

const TIMES = 8

/** What the file says about itself. */
export const info: Question = {
  name: 'info',
  async run(context) {
    const { inputs, traceduck, node } = context
    const sizes = [
      { what: 'info', input: await inputs.main },
      { what: `info, ${TIMES} times the size`, input: await inputs.repeat(TIMES) },
    ]
    return sizes.flatMap(({ what, input }) =>
      compare(context, {
        what,
        ours: `${traceduck} info ${input.word}`,
        peer: 'node -e 0',
        peerCommand: `${node} -e 0`,
        targets: [beyond(0.3)],
      }),
    )
  },
}
