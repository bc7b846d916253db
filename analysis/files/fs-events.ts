/**
 * `fs_events`: what file systems and the page cache record of a device and an inode, in one relation
 * whatever the file system: it tells which file a system call was about.
 */
import { type Catalogue, tablesOf } from '../relations.ts'
import { quoteTable, quoteText, splitTable } from '../sql-text.ts'
import type { ComposedView } from '../views.ts'

/** Event systems of file systems: their name is that of the file system, but for its journal. */
const FILE_SYSTEMS: Readonly<Record<string, string>> = {
  ext4: 'ext4',
  jbd2: 'ext4',
  xfs: 'xfs',
  f2fs: 'f2fs',
  nilfs2: 'nilfs2',
  gfs2: 'gfs2',
  erofs: 'erofs',
}
/** Systems about files of any file system. */
const SHARED: readonly string[] = ['filemap', 'filelock', 'writeback']

/** Names that events give to the device and the inode. */
const DEVICES: readonly string[] = ['dev', 's_dev']
const INODES: readonly string[] = ['ino', 'i_ino']

const NONE =
  'select null::bigint as ts, null::integer as tid, null::varchar as comm, null::usmallint as cpu, ' +
  'null::usmallint as source, null::varchar as event, null::varchar as fs, null::bigint as dev, ' +
  'null::ubigint as ino where false'

function compose(catalogue: Catalogue): string {
  const systems = [...Object.keys(FILE_SYSTEMS), ...SHARED]
  const selects = systems
    .flatMap((system) => tablesOf(catalogue, { system, event: '*' }))
    .flatMap((table) => selectOf(table, catalogue))
  return selects.length === 0 ? NONE : selects.join(' union all ')
}

function selectOf(table: string, catalogue: Catalogue): string[] {
  const [system, event] = splitTable(table)
  const columns = new Set(catalogue.tables.get(table)!.map(({ name }) => name))
  const dev = DEVICES.find((name) => columns.has(name))
  const ino = INODES.find((name) => columns.has(name))
  if (dev === undefined || (ino === undefined && SHARED.includes(system))) return []
  const fs = Object.hasOwn(FILE_SYSTEMS, system) ? `'${FILE_SYSTEMS[system]}'` : 'null::varchar'
  return [
    'select ts, common_pid as tid, common_comm as comm, common_cpu as cpu, common_source as source, ' +
      `${quoteText(event)} as event, ${fs} as fs, try_cast("${dev}" as bigint) as dev, ` +
      `${ino === undefined ? 'null::ubigint' : `try_cast("${ino}" as ubigint)`} as ino ` +
      `from ${quoteTable(table)}`,
  ]
}

/** The relation, put together from a recording's tables. */
export const fsEvents: ComposedView = {
  compose,
  name: 'fs_events',
  subsystem: 'files',
  row: 'an event of a file system or of the page cache about a device, mostly about an inode of it',
  needs: [
    { events: [...Object.keys(FILE_SYSTEMS), ...SHARED].map((system) => ({ system, event: '*' })) },
  ],
  optional: [],
  columns: [
    { name: 'ts', text: 'ns on the trace clock' },
    { name: 'tid', text: 'thread' },
    { name: 'comm', text: 'its name at that time' },
    { name: 'cpu', text: 'CPU' },
    { name: 'source', text: 'buffer, see meta.sources' },
    { name: 'event', text: 'name of the event, without its system' },
    { name: 'fs', text: 'file system, ext4; NULL for events of any file system' },
    { name: 'dev', text: 'device, see dev_name()' },
    { name: 'ino', text: 'inode; NULL where the event is about none' },
  ],
  source: 'include/trace/events/ext4.h, jbd2.h, filemap.h, writeback.h, filelock.h',
  record: '--preset ext4 or --preset io',
}
