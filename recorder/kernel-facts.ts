/**
 * What a file says besides its events when others had them recorded: all that the kernel knows now.
 * Events may be disabled again and probes still be there, so that the formats of all are taken.
 */

import type { Metadata } from '../writer/metadata.ts'
import { allFormats, collectMetadata } from './collect.ts'
import { ownOptions, taskLine } from './own-facts.ts'
import { TaskTable } from './tasks.ts'
import type { Tracefs } from './tracefs.ts'
import { measureWallOffset, wallOptions } from './wall-clock.ts'

/** `views` are the buffers, the main one first; `date` maps time stamps to the wall clock. */
export function describeKernel(
  views: readonly Tracefs[],
  date: boolean,
  notices: string[],
): Metadata {
  const main = views[0]!
  const collected = collectMetadata(views, 'traceduck')
  notices.push(...collected.notices)
  const tasks = new TaskTable()
  tasks.addSavedNames(main)
  tasks.addSavedProcesses(main)
  tasks.addLive()
  const processes = [...tasks.tgids].map(([tid, tgid]) => taskLine(tid, tgid))
  return {
    ...collected.metadata,
    systems: allFormats(main.top),
    savedCmdlines: tasks.cmdlines(),
    options: [
      ...collected.metadata.options,
      ...wallOptions(main, measureWallOffset(main), date, notices),
      ...ownOptions(processes),
    ],
  }
}
