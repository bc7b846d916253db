/** `traceduck extract`: what is in the kernel's ring buffers now, as a trace.dat. */
import { Command, Option } from 'commander'
import type { ExtractOptions } from '../../recorder/extract.ts'
import type { RecordCompression } from '../../recorder/types.ts'
import { examples } from '../examples.ts'
import { EXIT_INCOMPLETE } from '../exit.ts'
import { extractText } from '../record-summary.ts'
import { say } from '../safe-text.ts'

interface ExtractFlags {
  readonly output: string
  readonly force?: boolean
  readonly buffer?: readonly string[]
  readonly all?: boolean
  readonly top?: boolean
  readonly snapshot?: boolean
  readonly date?: boolean
  readonly fileVersion: '6' | '7'
  readonly compression?: RecordCompression
  readonly quiet?: boolean
}

/** The `extract` command. */
export function extractCommand(): Command {
  const command = new Command('extract')
    .summary("write what is in the kernel's buffers into a trace.dat")
    .description(
      'Takes what is in the ring buffers of the kernel now, whoever had it recorded, and empties ' +
        'them. Recording into a buffer pauses while it is read and goes on afterwards; everything ' +
        'else stays as it is.',
    )
    .option('-o, --output <file>', 'the file to write', 'trace.dat')
    .option('--force', 'replace the output file if it exists')
    .option('-B, --buffer <name>', 'an instance instead of the top-level buffer (repeatable)', add)
    .option('-a, --all', 'every instance')
    .option('-t, --top', 'the top-level buffer besides instances')
    .option('-s, --snapshot', 'the snapshot buffers instead')
    .option('--date', 'have readers print the wall clock')
    .addOption(new Option('--file-version <n>', 'of trace.dat').choices(['6', '7']).default('7'))
    .addOption(
      new Option('--compression <codec>', 'zstd unless told otherwise; none for version 6').choices(
        ['zstd', 'zlib', 'none'],
      ),
    )
    .option('-q, --quiet', 'no summary')
  examples(command, [
    ['traceduck extract -o crash.dat', 'after something happened'],
    ['traceduck extract -B flight -o flight.dat', 'an instance that records all the time'],
    ['traceduck extract -s', 'what "echo 1 > snapshot" put aside'],
  ])
  return command.action(runExtract)
}

function add(name: string, before: readonly string[] = []): string[] {
  return [...before, name]
}

async function runExtract(flags: ExtractFlags): Promise<void> {
  const { extract } = await import('../../recorder/extract.ts')
  const summary = await extract(request(flags))
  if (!flags.quiet) say(extractText(summary))
  if (summary.failure) process.exitCode = EXIT_INCOMPLETE
}

function request(flags: ExtractFlags): ExtractOptions {
  const version = flags.fileVersion === '6' ? 6 : 7
  return {
    output: flags.output,
    version,
    compression: flags.compression ?? (version === 6 ? 'none' : 'zstd'),
    instances: flags.buffer ?? [],
    ...(flags.force && { force: true }),
    ...(flags.all && { allInstances: true }),
    ...(flags.top && { topLevel: true }),
    ...(flags.snapshot && { snapshot: true }),
    ...(flags.date && { date: true }),
  }
}
