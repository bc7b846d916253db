/** Shell completion generated from the command tree, so that it cannot lag behind it. */
import type { Command, Option } from 'commander'

/** Shells there is a script for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const

/** One of `SHELLS`. */
export type Shell = (typeof SHELLS)[number]

interface Words {
  readonly name: string
  readonly summary: string
  readonly options: readonly Option[]
  /** Choices of the arguments, when they are words and not files. */
  readonly choices: readonly string[]
}

/** The completion script of a shell for `program`. */
export function completionScript(program: Command, shell: Shell): string {
  const commands = program.commands.map(describe)
  switch (shell) {
    case 'bash':
      return bashScript(program, commands)
    case 'zsh':
      return zshScript(program, commands)
    case 'fish':
      return fishScript(program, commands)
  }
}

function describe(command: Command): Words {
  return {
    name: command.name(),
    summary: command.summary() || command.description(),
    options: command.createHelp().visibleOptions(command),
    choices: command.registeredArguments.flatMap((argument) => argument.argChoices ?? []),
  }
}

function flags(option: Option): string[] {
  return [option.short, option.long].filter((flag) => flag !== undefined)
}

function valued(options: readonly Option[]): Option[] {
  return options.filter((option) => option.required || option.optional)
}

function bashScript(program: Command, commands: readonly Words[]): string {
  const cases = commands.map((command) => {
    const values = valued(command.options).map((option) => {
      const pattern = flags(option).join('|')
      const reply = option.argChoices
        ? `COMPREPLY=($(compgen -W '${option.argChoices.join(' ')}' -- "$cur"))`
        : 'COMPREPLY=($(compgen -f -- "$cur"))'
      return `        ${pattern}) ${reply}; return ;;`
    })
    const words = command.options.flatMap(flags).join(' ')
    const rest = command.choices.length > 0 ? `-W '${command.choices.join(' ')}'` : '-f'
    return `    ${command.name})
      case $prev in
${[...values, '        *) ;;'].join('\n')}
      esac
      if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W '${words}' -- "$cur"))
      else COMPREPLY=($(compgen ${rest} -- "$cur")); fi ;;`
  })
  const name = program.name()
  const top = [
    ...commands.map((command) => command.name),
    'help',
    ...describe(program).options.flatMap(flags),
  ]
  return `# bash completion for ${name}
_${name}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]}
  compopt -o filenames 2>/dev/null
  if (( COMP_CWORD == 1 )); then COMPREPLY=($(compgen -W '${top.join(' ')}' -- "$cur")); return; fi
  case \${COMP_WORDS[1]} in
${cases.join('\n')}
  esac
}
complete -F _${name} ${name}
`
}

function zshScript(program: Command, commands: readonly Words[]): string {
  const name = program.name()
  const list = commands.map((command) => `    ${shellQuote(`${command.name}:${command.summary}`)}`)
  const cases = commands.map((command) => {
    const specs = command.options.map((option) => `      ${zshOption(option)} \\`)
    const rest =
      command.choices.length > 0 ? `'*:value:(${command.choices.join(' ')})'` : `'*:file:_files'`
    return `    ${command.name}) _arguments \\\n${specs.join('\n')}\n      ${rest} ;;`
  })
  return `#compdef ${name}
_${name}() {
  local -a commands
  commands=(
${list.join('\n')}
  )
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('\n')}
  esac
}
if [[ $funcstack[1] == _${name} ]]; then _${name} "$@"; else compdef _${name} ${name}; fi
`
}

/** One quoted `_arguments` spec; both spellings of an option exclude each other. */
function zshOption(option: Option): string {
  const names = flags(option)
  const text = option.description.replace(/[[\]:\\]/g, '\\$&')
  const value = option.required || option.optional ? zshValue(option) : ''
  const rest = `[${text}]${value}`
  if (names.length === 1) return shellQuote(names[0] + rest)
  return `'(${names.join(' ')})'{${names.join(',')}}${shellQuote(rest)}`
}

function zshValue(option: Option): string {
  return option.argChoices
    ? `:${option.attributeName()}:(${option.argChoices.join(' ')})`
    : `:${option.attributeName()}:_files`
}

function fishScript(program: Command, commands: readonly Words[]): string {
  const name = program.name()
  const lines = [`# fish completion for ${name}`]
  for (const command of commands) {
    lines.push(
      `complete -c ${name} -n __fish_use_subcommand -f -a ${command.name} -d ${shellQuote(command.summary)}`,
    )
  }
  for (const command of commands) {
    const when = `-n '__fish_seen_subcommand_from ${command.name}'`
    for (const option of command.options)
      lines.push(`complete -c ${name} ${when} ${fishOption(option)}`)
    if (command.choices.length > 0) {
      lines.push(`complete -c ${name} ${when} -f -a '${command.choices.join(' ')}'`)
    }
  }
  return `${lines.join('\n')}\n`
}

function fishOption(option: Option): string {
  const parts: string[] = []
  if (option.short) parts.push(`-s ${option.short.slice(1)}`)
  if (option.long) parts.push(`-l ${option.long.slice(2)}`)
  if (option.required)
    parts.push(option.argChoices ? `-x -a '${option.argChoices.join(' ')}'` : '-r')
  parts.push(`-d ${shellQuote(option.description)}`)
  return parts.join(' ')
}

function shellQuote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
