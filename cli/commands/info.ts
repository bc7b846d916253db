/** `traceduck info`: metadata of a trace.dat, fast whatever its size. */
import { Command } from 'commander'
import { examples } from '../examples.ts'
import type { InfoOptions } from '../info.ts'
import { addOutputOptions, TEXT_FORMATS } from '../output.ts'

/** The `info` command. */
export function infoCommand(): Command {
  const command = new Command('info')
    .summary('what a trace says about itself')
    .description(
      'Prints what a trace.dat says about itself: machine, kernel, recorder, clocks, buffers, lost ' +
        'events, event formats, options. Reads no events, so it is fast whatever the size.',
    )
    .argument('<file>', 'trace.dat, - for stdin')
    .option('--json', 'the same as --format json')
    .option('--stat', 'statistics of the buffers as trace-cmd report --stat prints them')
    .option('--strict', 'fail on damage that could be salvaged')
  addOutputOptions(command, TEXT_FORMATS)
  examples(command, [
    ['traceduck info trace.dat', 'for people'],
    ["traceduck info trace.dat --json | jq '.buffers[].clock'", 'for programs'],
    ['traceduck info trace.dat --stat', 'what the kernel counted, and where the data is'],
    ['ssh host cat trace.dat | traceduck info -', 'from a pipe'],
  ])
  return command.action(info)
}

/** Prints a trace's metadata; see `cli/info.ts`. */
export async function info(path: string, options: InfoOptions): Promise<void> {
  const { printInfo } = await import('../info.ts')
  await printInfo(path, options)
}
