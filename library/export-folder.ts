/** Exports for programs: folders that appear when they are complete. */
import type { FolderWriter } from '../export/job.ts'
import { PendingFolder } from '../export/pending-folder.ts'
import type { ExportOptions, ExportSummary } from '../parser/export.ts'

/** Folders that an export can make. */
export type ExportFormat = 'parquet' | 'arrow' | 'csv' | 'ndjson'

/** What to export and how. */
export interface ExportTraceOptions extends ExportOptions {
  readonly format: ExportFormat
  /** Folder to make; it appears when it is complete. */
  readonly out: string
  /** Replace a folder that an export made (default false: ERR_OUTPUT_EXISTS). */
  readonly force?: boolean | undefined
  /** Bytes of memory to take at most. */
  readonly memory?: number | undefined
}

const WRITERS: Readonly<Record<ExportFormat, () => Promise<FolderWriter>>> = {
  parquet: async () => (await import('../export/copies.ts')).writeParquet,
  csv: async () => (await import('../export/copies.ts')).writeCsv,
  ndjson: async () => (await import('../export/copies.ts')).writeNdjson,
  arrow: async () => (await import('../export/arrow/write.ts')).writeArrow,
}

/** Exports traces; see `exportTrace`. */
export async function exportFolder(
  files: readonly string[],
  { format, out, force, memory, onProgress, ...selection }: ExportTraceOptions,
): Promise<ExportSummary> {
  const write = await WRITERS[format]()
  const pending = new PendingFolder(out, force === true)
  try {
    const { decoded } = await write({
      files,
      folder: pending.path,
      stored: undefined,
      selection,
      memory,
      onProgress: onProgress ?? (() => {}),
    })
    pending.finish()
    return decoded!
  } finally {
    pending.discard()
  }
}
