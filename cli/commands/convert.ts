/** `traceduck convert`: a trace.dat as one of another version or compression. */
import { Command } from 'commander'
import { examples } from '../examples.ts'
import { addNewTraceOptions, type NewTraceOptions } from '../new-trace-options.ts'

/** The `convert` command. */
export function convertCommand(): Command {
  const command = new Command('convert')
    .summary('write a trace as another version or compression of trace.dat')
    .description(
      'Writes a trace.dat as one of another version or with another compression. Sub-buffers go ' +
        'over unaltered, and so does everything that describes them; what version 6 or an ' +
        'uncompressed file cannot hold is named. What is sound of a damaged file is written.',
    )
    .argument('<file>', 'trace.dat, - for stdin')
  addNewTraceOptions(command, '7')
  examples(command, [
    ['traceduck convert old.dat -o new.dat', 'version 7, compressed'],
    ['traceduck convert trace.dat --file-version 6 -o v6.dat', 'for tools that know no version 7'],
    ['traceduck convert trace.dat --compression none -o plain.dat', 'for tools without zstd'],
  ])
  return command.action(runConvert)
}

async function runConvert(file: string, options: NewTraceOptions): Promise<void> {
  const [{ writeNewTrace }, { convertTrace }, { grouped }] = await Promise.all([
    import('../new-trace.ts'),
    import('../../writer/convert.ts'),
    import('../progress.ts'),
  ])
  await writeNewTrace(
    file,
    options,
    7,
    ({ file: trace, diagnostics }, target, fd, onRead) =>
      convertTrace(trace, diagnostics, target, fd, onRead),
    ({ cpus }) => `${grouped(cpus.reduce((sum, cpu) => sum + cpu.events, 0))} events`,
  )
}
