/** What `export` writes: an entry for each format, whose writer is loaded when it is asked for. */
import type { FileWriter, FolderWriter } from '../export/job.ts'

/** A format: what it is, and who writes it as a folder or as one file. */
export type ExportFormat = { readonly about: string; readonly takesProfile?: true } & (
  | { readonly makes: 'folder'; readonly load: () => Promise<FolderWriter> }
  | { readonly makes: 'file'; readonly load: () => Promise<FileWriter> }
)

/** The formats in the order of the help, by the name that `--to` takes. */
export const FORMATS: Readonly<Record<string, ExportFormat>> = {
  parquet: {
    about: 'every table as Parquet files; sql and run answer from the folder',
    makes: 'folder',
    load: async () => (await import('../export/copies.ts')).writeParquet,
  },
  arrow: {
    about: 'every table as an Arrow IPC file',
    makes: 'folder',
    load: async () => (await import('../export/arrow/write.ts')).writeArrow,
  },
  csv: {
    about: 'every table as a CSV file',
    makes: 'folder',
    load: async () => (await import('../export/copies.ts')).writeCsv,
  },
  ndjson: {
    about: 'every table as a file of JSON objects, one a line',
    makes: 'folder',
    load: async () => (await import('../export/copies.ts')).writeNdjson,
  },
  perfetto: {
    about: 'a timeline for the Perfetto UI and trace_processor',
    makes: 'file',
    load: async () => (await import('../export/perfetto/write.ts')).writePerfetto,
  },
  speedscope: {
    about: 'stacks and calls of functions for speedscope',
    makes: 'file',
    takesProfile: true,
    load: async () => (await import('../export/stacks/speedscope.ts')).writeSpeedscope,
  },
  folded: {
    about: 'a line for each stack, as flame graph scripts take them',
    makes: 'file',
    takesProfile: true,
    load: async () => (await import('../export/stacks/folded.ts')).writeFolded,
  },
  flamegraph: {
    about: 'stacks as a picture (SVG) to zoom and search in a browser',
    makes: 'file',
    takesProfile: true,
    load: async () => (await import('../export/stacks/flamegraph.ts')).writeFlamegraph,
  },
}
