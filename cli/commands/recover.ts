/** `traceduck recover`: a whole file from a recording that never finished. */
import { Command } from 'commander'
import { examples } from '../examples.ts'
import { say } from '../safe-text.ts'

interface RecoverFlags {
  readonly output?: string
  readonly force?: boolean
  readonly metadata?: string
}

/** The `recover` command. */
export function recoverCommand(): Command {
  const command = new Command('recover')
    .summary('complete a recording that was killed or cut')
    .description(
      'Makes a whole trace.dat of what is left: of a recording of ours that was killed, everything ' +
        'that was drained until then; of a trace.dat that is cut or was never finished, every ' +
        'sub-buffer that is there; of the .cpuN files of a trace-cmd that was killed, all of them. ' +
        '"traceduck reset" puts tracefs back.',
    )
    .argument('<path>', 'a trace.dat, a .partial or .cpuN file, or the folder with the latter')
    .option('-o, --output <file>', 'the file to write; otherwise where it was going, or beside it')
    .option('--force', 'replace the output file if it exists')
    .option('--metadata <file>', 'a trace.dat that describes the events in .cpuN files')
  examples(command, [
    ['traceduck recover trace.dat', 'of a killed recording, or of a file that is cut'],
    ['traceduck recover /var/tmp/x.dat.partial -o x.dat', 'under another name'],
    ['traceduck recover /var/tmp --metadata yesterday.dat', 'trace-cmd was killed before a reboot'],
  ])
  return command.action(runRecover)
}

async function runRecover(path: string, flags: RecoverFlags): Promise<void> {
  const { recover } = await import('../../recorder/recover.ts')
  const { output, fileBytes, lines, notices } = await recover(path, flags)
  const [total = '', ...rest] = lines
  const text = [
    ...notices.map((notice) => `note: ${notice}`),
    `${output}: ${total}, ${fileBytes.toLocaleString('en-US')} bytes on disk`,
    ...rest.map((line) => `  ${line}`),
  ]
  say(`${text.join('\n')}\n`)
}
