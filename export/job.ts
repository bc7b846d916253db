/** What a format's writer is given to do. */
import type { ExportSummary } from '../parser/export.ts'
import type { LoadProgress } from '../parser/load-tables.ts'
import type { EventFilter } from '../parser/read.ts'
import type { TraceDatabase } from '../parser/sink/duckdb/database.ts'
import type { Recording } from '../queries/index.ts'

/** A recording that answers SQL. */
export interface OpenRecording {
  readonly database: TraceDatabase
  /** What was recorded: event tables and their columns, derived relations, what is missing. */
  recording(): Promise<Recording>
}

/** Recordings to write into a folder. */
export interface FolderJob {
  /** As the user named them: trace.dat, `.duckdb`, folder; `-` is standard input. */
  readonly files: readonly string[]
  /** To be made by the writer; it takes its name when the writer is done. */
  readonly folder: string
  /** Whose rows to write; undefined where they are decoded from `files`, which are all trace.dat. */
  readonly stored: OpenRecording | undefined
  /** What of the traces to write. */
  readonly selection: EventFilter
  /** Bytes of memory to take at most. */
  readonly memory: number | undefined
  /** Called after every batch of decoded events. */
  readonly onProgress: (progress: LoadProgress) => void
}

/** What a folder holds. */
export interface ExportedFolder {
  /** Event tables. */
  readonly tables: number
  /** What was met where traces were decoded. */
  readonly decoded?: ExportSummary
}

/** Recordings to write into one file, or to stdout. */
export interface FileJob {
  /** As the user named them: trace.dat, `.duckdb`, folder; `-` is standard input. */
  readonly files: readonly string[]
  /** Which stacks, as `--profile` names them; the writer chooses where it is undefined. */
  readonly profile: string | undefined
  /** Opens one of them; it is closed when the writer is done. Throws what opening throws. */
  open(file: string): Promise<OpenRecording>
  /** A line for the user about what is lost or left out. */
  warn(line: string): void
  /** Resolves when the bytes may be reused and there is room for more. Throws `ERR_SINK_WRITE`. */
  write(data: string | Uint8Array): Promise<void>
}

/** Writes a folder. Fails with `ERR_SINK_WRITE`. */
export type FolderWriter = (job: FolderJob) => Promise<ExportedFolder>

/** Writes a file; resolves to what is in it, such as `12 tracks`. */
export type FileWriter = (job: FileJob) => Promise<string>
