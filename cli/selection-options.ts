/** The options that select events and CPUs, for the commands that decode a part of a trace. */
import type { Command } from 'commander'
import type { EventFilter } from '../parser/read.ts'

/** What commander hands over for the options of `addSelectionOptions`. */
export interface SelectionOptions {
  readonly event?: readonly string[]
  readonly cpu?: string
}

/** Adds `-e` and `--cpu`. */
export function addSelectionOptions(command: Command): Command {
  return command
    .option(
      '-e, --event <event>',
      'only these: system, event or system:event, with * and ? (repeatable)',
      append,
    )
    .option('--cpu <list>', 'only these CPUs, for example 0-3,7')
}

function append(value: string, list: readonly string[] = []): string[] {
  return [...list, value]
}

/** The selection that the options make. Throws `ERR_USAGE`. */
export async function selectionOf({ event, cpu }: SelectionOptions): Promise<EventFilter> {
  const { parseCpus } = await import('./selection.ts')
  return { events: event, cpus: cpu === undefined ? undefined : parseCpus(cpu) }
}
