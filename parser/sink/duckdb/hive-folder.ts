/**
 * Where an exported recording's files are: `system=kmem/event=kmalloc/` for rows of `kmem.kmalloc`,
 * `meta/` for what the files said about themselves, and where there are several recordings, all of it
 * below `host=…/trace=…/`. Names come from files and may hold anything: what means something to a path,
 * a glob or a reader of such folders is encoded, as those readers decode it.
 */
import { join } from 'node:path'
import type { TableSchema } from '../../batch/column-batch.ts'
import { TraceError } from '../../error.ts'

/** Bytes of a file name that every file system takes. */
const LONGEST_NAME = 255
/** What Hive and those who follow it call a value that is not known. */
const UNKNOWN = '__HIVE_DEFAULT_PARTITION__'

/** Name of the `meta` table that lists the tables and columns of a folder. */
export const MANIFEST = 'columns'

/** The file of a `meta` table. */
export function metaPath(name: string, extension: string): string {
  return join('meta', `${name}.${extension}`)
}

/** The folder of an event table's files. Throws ERR_SINK_WRITE. */
export function eventFolder({ schema, name }: Pick<TableSchema, 'schema' | 'name'>): string {
  return join(partition('system', schema), partition('event', name))
}

/** The `number`th file of an event table: names sort as their rows do. Throws ERR_SINK_WRITE. */
export function eventPath(
  table: Pick<TableSchema, 'schema' | 'name'>,
  number: number,
  extension: string,
): string {
  return join(eventFolder(table), `part-${String(number).padStart(5, '0')}.${extension}`)
}

/** The folder of one recording among several; an empty name is not known. Throws ERR_SINK_WRITE. */
export function traceFolder(host: string, trace: string): string {
  return join(partition('host', host), partition('trace', trace))
}

/** A path that a glob matches as it is. */
export function asGlob(path: string): string {
  return path.replace(/[[*?]/g, '[$&]')
}

function partition(key: string, value: string): string {
  if (value === '') return `${key}=${UNKNOWN}`
  const name = `${key}=${encodeURIComponent(value).replace(/[!'()*~.]/g, percent)}`
  if (name.length <= LONGEST_NAME) return name
  throw new TraceError(
    'ERR_SINK_WRITE',
    `${key} ${value.slice(0, 40)}…: too long for a file name`,
    { hint: 'leave it out: name the other events with -e' },
  )
}

function percent(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase()}`
}
