/** The examples at the end of a command's help. */
import type { Command } from 'commander'

/** Adds an `Examples:` section of commands with what each does. */
export function examples(
  command: Command,
  list: readonly (readonly [command: string, what: string])[],
): void {
  const lines = list.map(([text, what]) => `  # ${what}\n  ${text}`)
  command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`)
}
