/** Exports recordings into what appears under its name when it is complete. */
import type { ExportJob, FileWriter, FolderWriter, OpenRecording } from '../export/job.ts'
import type { ExportFormat } from './export-formats.ts'
import { reportFindings } from './findings.ts'
import { openForQuery, openStored, type QueryDatabase } from './open-database.ts'
import { openDestination } from './output.ts'
import { PendingFolder } from './pending-folder.ts'

/** What to write, where and how. */
export interface ExportFilesOptions {
  readonly format: ExportFormat
  /** File or folder to make; a file may be `-` for standard output. */
  readonly output: string
  /** Replace a file, or a folder that an export made. */
  readonly force: boolean
  readonly quiet: boolean
}

/** Exports `files`. Throws `ERR_OUTPUT_EXISTS`, `ERR_SINK_WRITE` and what opening them throws. */
export async function exportFiles(
  files: readonly string[],
  options: ExportFilesOptions,
): Promise<void> {
  const { format, output, quiet } = options
  const written =
    format.makes === 'folder'
      ? await intoFolder(files, options, await format.load())
      : await intoFile(files, options, await format.load())
  if (!quiet) process.stderr.write(`${output}: ${written}\n`)
}

async function intoFolder(
  files: readonly string[],
  { output, force }: ExportFilesOptions,
  write: FolderWriter,
): Promise<string> {
  const pending = new PendingFolder(output, force)
  try {
    const open = (file: string): Promise<QueryDatabase> => openStored(file, pending.scratch)
    const written = await withJob(files, open, (job) => write({ ...job, folder: pending.path }))
    pending.finish()
    return written
  } finally {
    pending.discard()
  }
}

async function intoFile(
  files: readonly string[],
  { output, force }: ExportFilesOptions,
  write: FileWriter,
): Promise<string> {
  const destination = openDestination({ output, force })
  try {
    const written = await withJob(files, openForQuery, (job) =>
      write({ ...job, write: (data) => destination.write(data) }),
    )
    await destination.finish()
    return written
  } finally {
    destination.discard()
  }
}

/** Opens what the writer asks for, says what is lost in it, and closes it. */
async function withJob(
  files: readonly string[],
  openFile: (file: string) => Promise<QueryDatabase>,
  write: (job: ExportJob) => Promise<string>,
): Promise<string> {
  const opened: QueryDatabase[] = []
  const open = async (file: string): Promise<OpenRecording> => {
    const one = await openFile(file)
    opened.push(one)
    if ((await one.recording()).isEmpty)
      process.stderr.write('no events recorded: the recording is empty\n')
    return one
  }
  try {
    const written = await write({
      files,
      open,
      warn: (line) => void process.stderr.write(`${line}\n`),
    })
    for (const one of opened) await reportFindings(one.database)
    return written
  } finally {
    for (const one of opened) await one.close()
  }
}
