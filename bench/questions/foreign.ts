import { compare, decodeOf, faster, importOf, type Question, reportOf } from '../question.ts'

/** Recordings of machines unlike this one. */
export const foreign: Question = {
  name: 'foreign',
  async run(context) {
    const { inputs } = context
    const shapes = [
      { what: 'a 32-bit machine', input: await inputs.grow('bits32') },
      { what: 'a big-endian machine, version 6', input: await inputs.grow('bigEndian') },
    ]
    return shapes.flatMap(({ what, input }) => [
      ...compare(context, {
        what: `decode, of ${what}`,
        ours: decodeOf(context, input),
        peer: 'trace-cmd report',
        peerCommand: reportOf(context, input),
        targets: [faster(20)],
      }),
      ...compare(context, {
        what: `import, of ${what}`,
        ours: importOf(context, input),
        peer: 'trace-cmd report',
        peerCommand: reportOf(context, input),
        targets: [faster(8)],
      }),
    ])
  },
}
