/** The options of commands that write a trace.dat of another one, and what they mean. */
import { type Command, Option } from 'commander'
import { TraceError } from '../parser/error.ts'

/** What commander hands over for the options of `addNewTraceOptions`. */
export interface NewTraceOptions {
  readonly output: string
  readonly fileVersion?: '6' | '7'
  readonly compression?: 'zstd' | 'zlib' | 'none'
  readonly strict?: boolean
  readonly force?: boolean
  readonly quiet?: boolean
}

/** Adds `-o`, `--file-version`, `--compression`, `--strict`, `--force` and `-q`. */
export function addNewTraceOptions(command: Command, versionDefault: string): Command {
  return command
    .requiredOption('-o, --output <file>', 'the file to write, - for stdout')
    .addOption(
      new Option('--file-version <n>', `of the new file (default: ${versionDefault})`).choices([
        '6',
        '7',
      ]),
    )
    .addOption(
      new Option(
        '--compression <codec>',
        'of the new file (default: as it is; zstd when version 6 becomes 7)',
      ).choices(['zstd', 'zlib', 'none']),
    )
    .option('--strict', 'fail on damage that could be salvaged')
    .option('--force', 'replace the output file if it exists')
    .option('-q, --quiet', 'no summary; warnings stay')
}

/** Throws `ERR_USAGE` for a version and a codec that do not go together. */
export function checkKind({ fileVersion, compression }: NewTraceOptions): void {
  if (fileVersion !== '6' || compression === undefined || compression === 'none') return
  throw new TraceError('ERR_USAGE', `--compression ${compression}: version 6 has no compression`, {
    hint: 'leave out --compression, or use --file-version 7',
  })
}
