/**
 * `user_symbols`: functions of the programs and libraries that were mapped, from the files on this
 * machine. A wrong name is worse than none: a file is asked only if it is the one that was mapped,
 * and where the recording does not tell that, it has to be of the same machine and its names are
 * marked.
 */
import { statSync } from 'node:fs'
import { hostname } from 'node:os'
import { type ElfFile, openElf } from '../../elf/elf.ts'
import { type FunctionRange, functionRanges } from '../../elf/functions.ts'
import { TraceError } from '../../parser/error.ts'
import type { ReplayedCell, ReplayedTable } from '../views.ts'

const SELECT = `with wanted as (
  select distinct source, path from process_maps where file_offset is not null and starts_with(path, '/')
),
known as (
  select source, path, any_value(build_id) as build_id, any_value(size) as size, any_value(mtime_ns) as mtime_ns,
    count(*)::integer as files
  from meta.mapped_files group by all
)
select w.source, w.path, k.build_id, k.size, k.mtime_ns, coalesce(k.files, 0) as files, s.host
from wanted w
join meta.sources s on s.source = w.source
left join known k on k.source = w.source and k.path = w.path
order by w.path, w.source`

/** A mapped file as the recording knows it. */
export interface WantedFile {
  readonly path: string
  readonly buildId: string | null
  readonly size: bigint | null
  readonly mtimeNs: bigint | null
  /** How many files of this name the recorder told from each other. */
  readonly files: number
  /** Name of the recorded machine. */
  readonly host: string
}

/** Whether the file on this machine is the one that was mapped: for certain, probably, or not. */
export function identify(wanted: WantedFile, buildId: string | undefined): boolean | undefined {
  const { path, files, size, mtimeNs } = wanted
  if (files > 1) return undefined
  if (wanted.buildId !== null) return wanted.buildId === buildId ? true : undefined
  if (size !== null && mtimeNs !== null) {
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false })
    return stat?.size === size && stat.mtimeNs === mtimeNs ? true : undefined
  }
  return files === 0 && wanted.host === hostname() ? false : undefined
}

interface Found {
  readonly functions: readonly FunctionRange[]
  readonly isCertain: boolean
}

/** Functions of a file that is the one that was mapped; none where it cannot be read. */
function readFile(wanted: WantedFile): Found {
  let elf: ElfFile | undefined
  try {
    elf = openElf(wanted.path)
    const isCertain = identify(wanted, elf.buildId)
    if (isCertain !== undefined) return { functions: functionRanges(elf), isCertain }
  } catch (error) {
    if (!(error instanceof TraceError)) throw error
  } finally {
    elf?.close()
  }
  return { functions: [], isCertain: false }
}

const PAGE_BITS = 12

/** A row for each page that a function reaches into, so that places are found by equality. */
function* rowsOf(source: number, path: string, found: Found): Generator<ReplayedCell[]> {
  for (const { name, start, end } of found.functions) {
    const last = (end - 1) >> PAGE_BITS
    for (let page = start >> PAGE_BITS; page <= last; page++)
      yield [source, path, BigInt(page), BigInt(start), BigInt(end), name, found.isCertain]
  }
}

const bigintOf = (value: unknown): bigint | null => (value === null ? null : BigInt(String(value)))

/** The table, read from the files when it is first asked for. */
export const userSymbols: ReplayedTable = {
  name: 'user_symbols',
  subsystem: 'symbols',
  row: 'a page of 4 KiB of a mapped file that a function reaches into, from the file on the machine that asks or imports; only files that are the recorded ones',
  needs: [{ view: 'process_maps' }],
  optional: [],
  columns: [
    { name: 'source', type: 'USMALLINT', text: 'buffer, see meta.sources' },
    { name: 'path', type: 'VARCHAR', text: 'file, as in process_maps' },
    { name: 'page', type: 'BIGINT', text: 'offset in the file divided by 4096' },
    { name: 'start_offset', type: 'BIGINT', text: 'bytes from the start of the file' },
    { name: 'end_offset', type: 'BIGINT', text: 'one past its last byte' },
    { name: 'name', type: 'VARCHAR', text: 'function, as the file spells it' },
    {
      name: 'is_certain',
      type: 'BOOLEAN',
      text: 'the file has the build id, or the size and time, that were recorded; false where nothing was recorded and the host has the same name',
    },
  ],
  source: 'System V gABI chapter 4 (symbol tables); build ids of meta.mapped_files',
  record: 'any events, of a command or with -P',
  compose: () => SELECT,
  begin() {
    const known = new Map<string, Found>()
    return {
      *add(columns, rows): Iterable<ReplayedCell[]> {
        for (let row = 0; row < rows; row++) {
          const [source, path, buildId, size, mtimeNs, files, host] = columns.map((c) => c[row])
          const wanted: WantedFile = {
            path: String(path),
            buildId: buildId === null ? null : String(buildId),
            size: bigintOf(size),
            mtimeNs: bigintOf(mtimeNs),
            files: Number(files),
            host: String(host),
          }
          const key = JSON.stringify(Object.values(wanted).map(String))
          const found = known.get(key) ?? readFile(wanted)
          known.set(key, found)
          yield* rowsOf(Number(source), wanted.path, found)
        }
      },
      end: () => [],
    }
  },
}
