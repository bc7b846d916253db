import { compare, importOf, peakMB, type Question } from '../question.ts'

/** An import that is to take little memory. */
export const memory: Question = {
  name: 'memory',
  async run(context) {
    const input = await context.inputs.main
    return compare(context, {
      what: 'import with --memory 400MB',
      ours: `${importOf(context, input)} --memory 400MB`,
      peer: 'import with 700 MB',
      peerCommand: importOf(context, input),
      targets: [peakMB(400)],
    })
  },
}
