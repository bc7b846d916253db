/** `traceduck export`: a recording in files that other tools read. */
import { Command, Option } from 'commander'
import { examples } from '../examples.ts'

interface ExportOptions {
  readonly to: 'parquet'
  readonly output: string
  readonly force?: boolean
  readonly quiet?: boolean
}

/** The `export` command. */
export function exportCommand(): Command {
  const command = new Command('export')
    .summary('write all tables as Parquet files')
    .description(
      'Writes every event table and the meta tables of a trace.dat, or of the database that import ' +
        'made, into a folder of Parquet files. sql and run answer from that folder too.',
    )
    .argument('<file>', 'trace.dat or .duckdb, - for stdin')
    .addOption(
      new Option('--to <format>', 'what to write').choices(['parquet']).makeOptionMandatory(),
    )
    .requiredOption('-o, --output <folder>', 'folder to make')
    .option('--force', 'replace a folder that was made by export')
    .option('-q, --quiet', 'no summary; warnings stay')
  examples(command, [
    ['traceduck export trace.dat --to parquet -o trace.parquet', 'every table'],
    ["traceduck sql trace.parquet 'from kmem.kmalloc'", 'ask the folder'],
  ])
  return command.action(runExport)
}

async function runExport(file: string, options: ExportOptions): Promise<void> {
  const { exportFolder } = await import('../export-folder.ts')
  await exportFolder(file, options.output, {
    force: options.force === true,
    quiet: options.quiet === true,
  })
}
