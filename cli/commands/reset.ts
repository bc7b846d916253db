/** `traceduck reset`: undoes what a killed recording left behind. */
import { Command } from 'commander'
import { TraceError } from '../../parser/error.ts'
import type { Repaired } from '../../recorder/journal.ts'
import { examples } from '../examples.ts'
import { say } from '../safe-text.ts'

/** The `reset` command. */
export function resetCommand(): Command {
  const command = new Command('reset')
    .summary('undo what a killed recording left behind')
    .description(
      'Puts back the tracing settings that recordings of this user changed and could not restore ' +
        'because they were killed. Recordings that are running, and what other tools have set, are ' +
        'left alone. The next recording does the same by itself.',
    )
  examples(command, [
    ['traceduck reset', 'after a kill -9 of traceduck record'],
    ['traceduck reset && traceduck doctor', 'and see whether recording works again'],
  ])
  return command.action(reset)
}

async function reset(): Promise<void> {
  const { repairLeftovers, runningRecordings, strayInstances } = await import(
    '../../recorder/journal.ts'
  )
  const { Tracefs } = await import('../../recorder/tracefs.ts')
  const tracefs = Tracefs.find()
  const repaired = repairLeftovers(tracefs)
  for (const one of repaired) say(repairedText(one))
  const running = runningRecordings(tracefs)
  if (repaired.length === 0) say('nothing to undo\n')
  if (running.length > 0) {
    say(`left alone: running recordings ${running.join(', ')}\n`)
  }
  for (const name of strayInstances(tracefs)) {
    const path = tracefs.at(name).dir
    say(`left alone: ${path} has no journal; remove it with rmdir ${path}\n`)
  }
  const failed = repaired.flatMap((one) => one.failed)
  if (failed.length === 0) return
  throw new TraceError(
    'ERR_TRACEFS_RESTORE',
    `not everything could be undone: ${failed.join('; ')}`,
    {
      hint: 'end what uses it, then run traceduck reset again',
    },
  )
}

function repairedText({ pid, count, kept }: Repaired): string {
  const changed = kept.length === 0 ? '' : `; left what others changed since: ${kept.join(', ')}`
  return `recording ${pid}: ${count} change${count === 1 ? '' : 's'} undone${changed}\n`
}
