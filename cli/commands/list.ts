/** `traceduck list`: what this kernel offers to record. */
import { Argument, Command } from 'commander'
import { TraceError } from '../../parser/error.ts'
import type { ListKind } from '../../recorder/list.ts'
import { examples } from '../examples.ts'
import { addOutputOptions, type OutputOptions, outputRows, TEXT_FORMATS } from '../output.ts'

const LIST_KINDS: readonly ListKind[] = [
  'events',
  'tracers',
  'clocks',
  'options',
  'presets',
  'probes',
]

/** The `list` command. */
export function listCommand(): Command {
  const command = new Command('list')
    .summary('what this kernel offers to record')
    .description(
      `Lists ${LIST_KINDS.join(', ')} of this kernel; events when nothing is named. The pattern has ` +
        'globs and means what it means to record -e for events, and names for the others.',
    )
    .usage('[options] [KIND] [PATTERN]')
    .addArgument(new Argument('[kind]', LIST_KINDS.join('|')))
    .addArgument(new Argument('[pattern]', 'only what matches'))
  addOutputOptions(command, TEXT_FORMATS)
  examples(command, [
    ["traceduck list events 'net:*'", 'networking events and their fields'],
    ['traceduck list clocks', 'for record -C'],
    ['traceduck list presets', 'what each would record here'],
    ['traceduck list probes', 'that are defined now, by whomever'],
  ])
  return command.action(list)
}

async function list(
  first: string | undefined,
  second: string | undefined,
  options: OutputOptions,
): Promise<void> {
  const { listRows } = await import('../../recorder/list.ts')
  const { Tracefs } = await import('../../recorder/tracefs.ts')
  const { rowsInMemory } = await import('../../report/rows.ts')
  const named = LIST_KINDS.includes(first as ListKind)
  if (!named && second !== undefined) throw unknownKind(first!)
  const kind = named ? (first as ListKind) : 'events'
  const { columns, rows } = listRows(Tracefs.find(), kind, named ? second : first)
  await outputRows(rowsInMemory(columns, rows), options)
}

function unknownKind(kind: string): TraceError {
  return new TraceError('ERR_USAGE', `there is nothing called ${kind} to list`, {
    hint: `choose one of ${LIST_KINDS.join(', ')}`,
  })
}
