/** The command tree: names, options and help; what the commands do is loaded when they run. */
import { readFileSync } from 'node:fs'
import { Command } from 'commander'

/** Commands in the order of the help, each in a file of its own: loading all takes longer than Node's own start. */
const COMMANDS = {
  record: async () => (await import('./commands/record.ts')).recordCommand(),
  extract: async () => (await import('./commands/extract.ts')).extractCommand(),
  recover: async () => (await import('./commands/recover.ts')).recoverCommand(),
  list: async () => (await import('./commands/list.ts')).listCommand(),
  doctor: async () => (await import('./commands/doctor.ts')).doctorCommand(),
  reset: async () => (await import('./commands/reset.ts')).resetCommand(),
  info: async () => (await import('./commands/info.ts')).infoCommand(),
  report: async () => (await import('./commands/report.ts')).reportCommand(),
  import: async () => (await import('./commands/import.ts')).importCommand(),
  export: async () => (await import('./commands/export.ts')).exportCommand(),
  sql: async () => (await import('./commands/sql.ts')).sqlCommand(),
  run: async () => (await import('./commands/run.ts')).runReportCommand(),
  split: async () => (await import('./commands/split.ts')).splitCommand(),
  convert: async () => (await import('./commands/convert.ts')).convertCommand(),
} satisfies Record<string, () => Promise<Command>>

type CommandName = keyof typeof COMMANDS

/**
 * Builds `traceduck` with all its commands, or with the one that is about to run; usage errors are
 * thrown, not printed.
 */
export async function buildProgram(about?: string): Promise<Command> {
  const program = new Command('traceduck')
    .description('Turns trace.dat files of the Linux kernel into typed tables and answers in SQL.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help of a command')
    .showSuggestionAfterError()
    .enablePositionalOptions()
  if (about !== undefined && Object.hasOwn(COMMANDS, about)) {
    program.addCommand(await COMMANDS[about as CommandName]())
  } else {
    for (const make of Object.values(COMMANDS)) program.addCommand(await make())
    const { completionCommand } = await import('./commands/completion.ts')
    program.addCommand(completionCommand(program))
  }
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
