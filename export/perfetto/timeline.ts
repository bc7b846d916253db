/** What the parts of a timeline are drawn from and on. */
import type { Catalogue } from '../../analysis/index.ts'
import type { QueryChunk, TraceDatabase } from '../../parser/sink/duckdb/database.ts'
import type { FtraceBundles } from './ftrace-bundles.ts'
import type { PacketWriter } from './packets.ts'
import type { Tracks } from './tracks.ts'

/** A recording, and the timeline that is made of it. */
export interface Timeline {
  readonly database: TraceDatabase
  readonly catalogue: Catalogue
  /** Sources that have rows of an event, lowest first, by `system.event`. */
  readonly sources: ReadonlyMap<string, readonly number[]>
  /** Names of the buffers by source, '' for the top one. */
  readonly buffers: ReadonlyMap<number, string>
  readonly packets: PacketWriter
  readonly bundles: FtraceBundles
  readonly tracks: Tracks
  warn(line: string): void
}

/** Columns of a chunk, and the row to be drawn. */
export type Columns = QueryChunk['columns']

/** Draws every row of a query. */
export async function drawRows(
  { database, packets }: Timeline,
  sql: string,
  draw: (columns: Columns, row: number) => void,
): Promise<void> {
  for await (const { columns, rowCount } of (await database.query(sql)).chunks) {
    for (let row = 0; row < rowCount; row++) draw(columns, row)
    await packets.drain()
  }
}

/** Whether the recording has what a relation is derived from. */
export function isDerived({ catalogue }: Timeline, relation: string): boolean {
  return catalogue.derived.has(relation)
}

/** What a track is called in a buffer: the first buffer that has something of its kind needs no mention. */
export function trackNamer(timeline: Timeline, name: string): (source: number) => string {
  const names = new Map<number, string>()
  return (source) => {
    const known = names.get(source)
    if (known !== undefined) return known
    const buffer = timeline.buffers.get(source) || 'top'
    const made = names.size === 0 ? name : `${name} (buffer ${buffer})`
    names.set(source, made)
    return made
  }
}
