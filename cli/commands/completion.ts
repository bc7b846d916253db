/** `traceduck completion`: a script that completes commands and options in a shell. */
import { Argument, Command } from 'commander'
import { completionScript, SHELLS, type Shell } from '../completion.ts'
import { stdoutDestination } from '../destination.ts'
import { examples } from '../examples.ts'

/** The `completion` command; the script is generated from `program`. */
export function completionCommand(program: Command): Command {
  const command = new Command('completion')
    .summary('print a completion script for a shell')
    .description(
      'Prints a script that completes commands, options and values in bash, zsh or fish.',
    )
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
  examples(command, [
    ['source <(traceduck completion bash)', 'in this bash'],
    ['traceduck completion zsh > ~/.zfunc/_traceduck', 'for every zsh, when ~/.zfunc is in fpath'],
    ['traceduck completion fish > ~/.config/fish/completions/traceduck.fish', 'for every fish'],
  ])
  return command.action((shell: Shell) =>
    stdoutDestination().write(completionScript(program, shell)),
  )
}
