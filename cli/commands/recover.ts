/** `traceduck recover`: a whole file from a recording that never finished. */
import { Command } from 'commander'
import { TraceError } from '../../parser/error.ts'
import { examples } from '../examples.ts'

interface RecoverOptions {
  readonly output?: string
  readonly force?: boolean
}

/** The `recover` command. */
export function recoverCommand(): Command {
  const command = new Command('recover')
    .summary('complete a recording that was killed')
    .description(
      'Makes a whole trace.dat of what a killed recording left: everything that was drained until ' +
        'then. "traceduck reset" puts tracefs back.',
    )
    .argument('<file>', 'the trace.dat that was being recorded, or its .partial file')
    .option('-o, --output <file>', 'the file to write; where it was going unless told otherwise')
    .option('--force', 'replace the output file if it exists')
  examples(command, [
    ['traceduck recover trace.dat', 'from trace.dat.partial and trace.dat.partial.json'],
    ['traceduck recover /var/tmp/x.dat.partial -o x.dat', 'under another name'],
  ])
  return command.action(runRecover)
}

async function runRecover(path: string, options: RecoverOptions): Promise<void> {
  const { findRawFile, recoverRecording } = await import('../../recorder/recover.ts')
  const raw = findRawFile(path)
  if (raw === undefined) {
    throw new TraceError('ERR_TRACE_OPEN', `there is no unfinished recording of ${path}`, {
      hint: 'it consists of a .partial and a .partial.json file',
    })
  }
  const { output, fileBytes, bytes } = await recoverRecording(raw, options)
  process.stderr.write(
    `${output}: recovered ${bytes} bytes of trace data, ${fileBytes} bytes on disk\n`,
  )
}
