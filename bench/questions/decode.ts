import { compare, decodeOf, faster, type Question, reportOf } from '../question.ts'

/** What reading alone costs. */
export const decode: Question = {
  name: 'decode',
  async run(context) {
    const input = await context.inputs.main
    return compare(context, {
      what: 'decode every field of every event',
      ours: decodeOf(context, input),
      peer: 'trace-cmd report',
      peerCommand: reportOf(context, input),
      targets: [faster(20)],
    })
  },
}
