import { spawnSync } from 'node:child_process'
import { compare, faster, type Question, reportOf } from '../question.ts'

/** Text of every event. */
export const report: Question = {
  name: 'report',
  async run(context) {
    const input = await context.inputs.main
    const [what, peer] = ['report: the text of every event', 'trace-cmd report']
    const ours = `${context.traceduck} report`
    const help = spawnSync('bash', ['-c', `${context.traceduck} --help`], { encoding: 'utf8' })
    if (!/^ +report /m.test(help.stdout)) return [{ what, peer, note: 'there is no such command' }]
    return compare(context, {
      what,
      ours: `${ours} ${input.word}`,
      peer,
      peerCommand: reportOf(context, input),
      targets: [faster(10)],
    })
  },
}
