/** What a format's writer is given to do. */
import type { TraceDatabase } from '../parser/sink/duckdb/database.ts'
import type { Recording } from '../queries/index.ts'

/** A recording that answers SQL. */
export interface OpenRecording {
  readonly database: TraceDatabase
  /** What was recorded: event tables and their columns, derived relations, what is missing. */
  recording(): Promise<Recording>
}

/** What to export. */
export interface ExportJob {
  /** The recordings as the user named them: trace.dat, `.duckdb`, folder; `-` is standard input. */
  readonly files: readonly string[]
  /** Opens one of them; it is closed when the writer is done. Throws what opening throws. */
  open(file: string): Promise<OpenRecording>
  /** A line for the user about what is lost or left out. */
  warn(line: string): void
}

/** A job that makes a folder. */
export interface FolderJob extends ExportJob {
  /** To be made by the writer; it takes its name when the writer is done. */
  readonly folder: string
}

/** A job that makes one file, or writes to stdout. */
export interface FileJob extends ExportJob {
  /** Resolves when the bytes may be reused and there is room for more. Throws `ERR_SINK_WRITE`. */
  write(data: string | Uint8Array): Promise<void>
}

/** Writes a folder; resolves to what is in it, such as `12 event tables`. Fails with `ERR_SINK_WRITE`. */
export type FolderWriter = (job: FolderJob) => Promise<string>

/** Writes a file; resolves to what is in it. */
export type FileWriter = (job: FileJob) => Promise<string>
