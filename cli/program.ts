/** The command tree: names, options and help; what the commands do is loaded when they run. */
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { completionCommand } from './commands/completion.ts'
import { convertCommand } from './commands/convert.ts'
import { doctorCommand } from './commands/doctor.ts'
import { exportCommand } from './commands/export.ts'
import { extractCommand } from './commands/extract.ts'
import { importCommand } from './commands/import.ts'
import { infoCommand } from './commands/info.ts'
import { listCommand } from './commands/list.ts'
import { recordCommand } from './commands/record.ts'
import { recoverCommand } from './commands/recover.ts'
import { reportCommand } from './commands/report.ts'
import { resetCommand } from './commands/reset.ts'
import { runReportCommand } from './commands/run.ts'
import { splitCommand } from './commands/split.ts'
import { sqlCommand } from './commands/sql.ts'

/** Builds `traceduck` with all its commands; usage errors are thrown, not printed. */
export function buildProgram(): Command {
  const program = new Command('traceduck')
    .description('Turns trace.dat files of the Linux kernel into typed tables and answers in SQL.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help of a command')
    .showSuggestionAfterError()
    .enablePositionalOptions()
  for (const command of [
    recordCommand(),
    extractCommand(),
    recoverCommand(),
    listCommand(),
    doctorCommand(),
    resetCommand(),
    infoCommand(),
    reportCommand(),
    importCommand(),
    exportCommand(),
    sqlCommand(),
    runReportCommand(),
    splitCommand(),
    convertCommand(),
  ]) {
    program.addCommand(command)
  }
  program.addCommand(completionCommand(program))
  for (const command of [program, ...program.commands]) quietErrors(command)
  return program
}

/** Errors are reported in one place, `cli/exit.ts`. */
function quietErrors(command: Command): void {
  command.exitOverride().configureOutput({ outputError: () => {} })
}

function packageVersion(): string {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      const text = readFileSync(new URL(path, import.meta.url), 'utf8')
      return (JSON.parse(text) as { version: string }).version
    } catch {
      // Sources are one folder nearer to package.json than compiled files.
    }
  }
  return 'unknown'
}
