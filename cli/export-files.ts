/** Exports recordings into what appears under its name when it is complete. */
import type { FileWriter, FolderWriter, OpenRecording } from '../export/job.ts'
import { PendingFolder } from '../export/pending-folder.ts'
import { isTrace } from '../library/open.ts'
import { TraceError } from '../parser/error.ts'
import type { EventFilter } from '../parser/read.ts'
import { loadMemory } from '../parser/sink/duckdb/load-limits.ts'
import { whileDecoding } from './decoding.ts'
import { lossLine, printDiagnostics } from './diagnostics.ts'
import { onAbort } from './exit.ts'
import type { ExportFormat } from './export-formats.ts'
import { reportFindings } from './findings.ts'
import { openForQuery, openStored, type QueryDatabase } from './open-database.ts'
import { openDestination } from './output.ts'
import { say } from './safe-text.ts'

/** What to write, where and how. */
export interface ExportFilesOptions {
  readonly format: ExportFormat
  /** What of the traces to write, where the format makes a folder. */
  readonly selection: EventFilter
  /** File or folder to make; a file may be `-` for standard output. */
  readonly output: string
  /** Replace a file, or a folder that an export made. */
  readonly force: boolean
  /** Bytes of memory to take at most. */
  readonly memory: number | undefined
  readonly quiet: boolean
  /** Which stacks, for formats of stacks. */
  readonly profile: string | undefined
}

/** Exports `files`. Throws `ERR_USAGE`, `ERR_OUTPUT_EXISTS`, `ERR_SINK_WRITE` and what opening throws. */
export async function exportFiles(
  files: readonly string[],
  options: ExportFilesOptions,
): Promise<void> {
  const { format, output, quiet } = options
  const isPart = Object.values(options.selection).some((value) => value !== undefined)
  const written =
    format.makes === 'folder'
      ? await intoFolder(files, options, isPart, await format.load())
      : await intoFile(files, options, isPart, await format.load())
  if (!quiet) say(`${output}: ${written}\n`)
}

async function intoFolder(
  files: readonly string[],
  { output, force, selection, memory, quiet }: ExportFilesOptions,
  isPart: boolean,
  write: FolderWriter,
): Promise<string> {
  const mustDecode = isPart || files.length > 1
  const other = mustDecode ? files.find((file) => !isTrace(file)) : undefined
  if (other !== undefined)
    throw new TraceError('ERR_USAGE', `${other}: no trace.dat`, {
      hint: 'export a database or a folder whole and alone; a part, or several, of trace.dat files',
    })
  if (output === '-')
    throw new TraceError('ERR_USAGE', 'a folder cannot be written to stdout', {
      hint: "one table can: traceduck sql FILE 'from kmem.kmalloc' --format arrow",
    })
  const pending = new PendingFolder(output, force)
  const release = onAbort(() => pending.discard())
  let stored: QueryDatabase | undefined
  try {
    stored = mustDecode ? undefined : await openStored(files[0]!)
    if (stored) await limitMemory(stored, memory)
    const job = { files, folder: pending.path, stored, selection, memory }
    // A database's statement is interrupted where it is open.
    const { tables, decoded } = stored
      ? await write({ ...job, onProgress() {} })
      : await whileDecoding(files, quiet, (onProgress) => write({ ...job, onProgress }))
    if (stored) await reportOpened(stored)
    for (const loss of decoded?.lost ?? []) say(`${lossLine(loss)}\n`)
    printDiagnostics(decoded?.diagnostics ?? [])
    if (decoded?.events === 0) reportEmpty()
    pending.finish()
    return `${decoded ? `${decoded.events} events in ` : ''}${tables} event tables`
  } finally {
    await stored?.close()
    release()
    pending.discard()
  }
}

async function intoFile(
  files: readonly string[],
  { output, force, memory, profile }: ExportFilesOptions,
  isPart: boolean,
  write: FileWriter,
): Promise<string> {
  if (isPart)
    throw new TraceError('ERR_USAGE', 'this format is written of whole recordings', {
      hint: 'cut the recording first, with traceduck split',
    })
  const destination = openDestination({ output, force })
  const opened: QueryDatabase[] = []
  const open = async (file: string): Promise<OpenRecording> => {
    const one = await openForQuery(file)
    opened.push(one)
    await limitMemory(one, memory)
    return one
  }
  try {
    const warn = (line: string): void => say(`${line}\n`)
    const written = await write({
      files,
      profile,
      open,
      warn,
      write: (data) => destination.write(data),
    })
    for (const one of opened) await reportOpened(one)
    await destination.finish()
    return written
  } finally {
    for (const one of opened) await one.close()
    destination.discard()
  }
}

/** All of it is read once, so more than a load takes would only be kept in vain: DuckDB spills instead. */
async function limitMemory({ database }: QueryDatabase, memory: number | undefined): Promise<void> {
  await database.execute(`set memory_limit = '${Math.floor(loadMemory(memory))}B'`)
}

/** What is said of a recording that answers SQL. */
async function reportOpened({ database, recording }: QueryDatabase): Promise<void> {
  if ((await recording()).isEmpty) reportEmpty()
  await reportFindings(database)
}

function reportEmpty(): void {
  say('no events recorded: the recording is empty\n')
}
