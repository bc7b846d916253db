/** `traceduck export`: recordings in files that other tools read. */
import { Command, Option } from 'commander'
import { examples } from '../examples.ts'
import { FORMATS } from '../export-formats.ts'

interface ExportOptions {
  readonly to: string
  readonly output: string
  readonly force?: boolean
  readonly quiet?: boolean
}

/** The `export` command. */
export function exportCommand(): Command {
  const formats = Object.entries(FORMATS).map(([name, { about }]) => `${name}: ${about}`)
  const command = new Command('export')
    .summary('write recordings for other tools')
    .description(
      `Writes a trace.dat, or the database that import made, for other tools.\n\n${formats.join('\n')}`,
    )
    .argument('<file>', 'trace.dat or .duckdb, - for stdin')
    .addOption(
      new Option('--to <format>', 'what to write')
        .choices(Object.keys(FORMATS))
        .makeOptionMandatory(),
    )
    .requiredOption('-o, --output <path>', 'file or folder to make; a file may be - for stdout')
    .option('--force', 'replace a file, or a folder that was made by export')
    .option('-q, --quiet', 'no summary; warnings stay')
  examples(command, [
    ['traceduck export trace.dat --to parquet -o trace.parquet', 'every table'],
    ["traceduck sql trace.parquet 'from kmem.kmalloc'", 'ask the folder'],
  ])
  return command.action(runExport)
}

async function runExport(file: string, options: ExportOptions): Promise<void> {
  const { exportFiles } = await import('../export-files.ts')
  await exportFiles([file], {
    format: FORMATS[options.to]!,
    output: options.output,
    force: options.force === true,
    quiet: options.quiet === true,
  })
}
