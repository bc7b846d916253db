/**
 * `path_probes`: what probes read of path arguments, whatever the probes' group and kind. A probe
 * that keeps the pointer beside the text can be joined to the call that got the same pointer.
 */
import { type Catalogue, tablesOf } from '../relations.ts'
import { quoteTable, quoteText } from '../sql-text.ts'
import type { ComposedView } from '../views.ts'

/** Events of probes on functions that take paths, by the names that presets give them. */
const PROBES: readonly string[] = [
  ...['open', 'openat', 'openat2', 'open_nocancel', 'openat_nocancel', 'creat'],
  ...['ld_open', 'ld_openat', 'ld_access', 'ld_stat', 'ld_readlink'],
  ...['stat', 'lstat', 'fstatat', 'newstat', 'newlstat', 'newfstatat', 'statx', 'statfs'],
  ...['access', 'faccessat', 'faccessat2', 'readlink', 'readlinkat', 'execve', 'execveat'],
  ...['chdir', 'chroot', 'mkdir', 'mkdirat', 'rmdir', 'unlink', 'unlinkat', 'mknod', 'mknodat'],
  ...['rename', 'renameat', 'renameat2', 'link', 'linkat', 'symlink', 'symlinkat'],
  ...['chmod', 'fchmodat', 'fchmodat2', 'chown', 'lchown', 'fchownat', 'truncate'],
  ...['mount', 'umount', 'umount2', 'utimensat'],
]

/** Columns of text and their pointers; the first pair that an event has is its path. */
const PAIRS: readonly (readonly [text: string, pointer: string])[] = [
  ['path', 'pathp'],
  ['src', 'srcp'],
  ['target', 'targetp'],
]
/** Texts beside the first one. */
const SECOND: readonly string[] = ['path2', 'target']

const NONE =
  'select null::usmallint as source, null::integer as tid, null::bigint as ts, null::varchar as event, ' +
  'null::varchar as path, null::bigint as pointer, null::varchar as path2, null::boolean as is_event ' +
  'where false'

function compose(catalogue: Catalogue): string {
  const selects = PROBES.flatMap((event) => tablesOf(catalogue, { system: '*', event })).flatMap(
    (table) => selectOf(table, catalogue),
  )
  return selects.length === 0 ? NONE : selects.join(' union all ')
}

function selectOf(table: string, catalogue: Catalogue): string[] {
  const columns = new Set(catalogue.tables.get(table)!.map(({ name }) => name))
  const pair = PAIRS.find(([text, pointer]) => columns.has(text) && columns.has(pointer))
  if (!pair) return []
  const second = SECOND.find((name) => columns.has(name) && name !== pair[0])
  return [
    'select common_source as source, common_pid as tid, ts, ' +
      `${quoteText(table)} as event, ${text(pair[0])} as path, ` +
      `try_cast("${pair[1]}" as bigint) as pointer, ` +
      `${second === undefined ? 'null::varchar' : text(second)} as path2, ` +
      `${!columns.has('__probe_ip')} as is_event from ${quoteTable(table)}`,
  ]
}

/** What could not be read has no text, or says so. */
function text(column: string): string {
  return `nullif("${column}"::varchar, '(fault)')`
}

/** The relation, put together from a recording's tables. */
export const pathProbes: ComposedView = {
  compose,
  name: 'path_probes',
  subsystem: 'files',
  row: 'a path that a probe read, with the pointer it read it through',
  needs: [{ events: PROBES.map((event) => ({ system: '*', event })) }],
  optional: [],
  columns: [
    { name: 'source', text: 'buffer, see meta.sources' },
    { name: 'tid', text: 'thread' },
    { name: 'ts', text: 'ns on the trace clock' },
    { name: 'event', text: "the probe's system.event" },
    { name: 'path', text: 'the text; NULL if it could not be read' },
    { name: 'pointer', text: 'address of the text as signed 64-bit number' },
    { name: 'path2', text: 'text of a second path, as of rename; NULL if there is none' },
    { name: 'is_event', text: 'whether it is an event probe, which has no address of its own' },
  ],
  source: 'Documentation/trace/uprobetracer.rst, kprobetrace.rst, eventprobes.rst',
  record: '--preset files',
}
