import {
  compare,
  decodeOf,
  faster,
  importOf,
  peakMB,
  type Question,
  reportOf,
} from '../question.ts'

/** The same number of events from more CPUs, and of more types, than usual. */
export const many: Question = {
  name: 'many',
  async run(context) {
    const { inputs } = context
    const few = await inputs.grow('common')
    const shapes = [
      { what: '16 CPUs', input: await inputs.grow('common', { cpus: 16 }) },
      { what: '128 CPUs', input: await inputs.grow('common', { cpus: 128 }) },
      { what: '2000 event types', input: await inputs.grow('common', { types: 2000 }) },
    ]
    return shapes.flatMap(({ what, input }) => [
      ...compare(context, {
        what: `decode, ${what}`,
        ours: decodeOf(context, input),
        peer: 'from 2 CPUs, of few types',
        peerCommand: decodeOf(context, few),
        targets: [undefined],
      }),
      ...compare(context, {
        what: `import, ${what}`,
        ours: importOf(context, input),
        peer: 'trace-cmd report',
        peerCommand: reportOf(context, input),
        targets: [faster(8), peakMB(700)],
      }),
    ])
  },
}
