/** `traceduck doctor`: what can be recorded here, and what to do about the rest. */
import { Command } from 'commander'
import type { DoctorOptions } from '../doctor.ts'
import { examples } from '../examples.ts'
import { addOutputOptions, TEXT_FORMATS } from '../output.ts'

/** The `doctor` command. */
export function doctorCommand(): Command {
  const command = new Command('doctor')
    .summary('what can be recorded here')
    .description(
      'Tries what this kernel lets this user record: access, events, probes, tracers, buffers, ' +
        'compression. Everything is tried in an instance that is removed again; other tracing is left ' +
        'alone. Says what to do about each thing that does not work. Exits with 1 when recording is ' +
        'impossible.',
    )
    .option('--json', 'the same as --format json')
  addOutputOptions(command, TEXT_FORMATS)
  examples(command, [
    ['traceduck doctor', 'for people'],
    ['traceduck doctor --json | jq \'.checks[] | select(.status == "no")\'', 'for programs'],
  ])
  return command.action(async (options: DoctorOptions) => {
    const { printDoctor } = await import('../doctor.ts')
    await printDoctor(options)
  })
}
