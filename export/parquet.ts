/** A recording as a folder of Parquet files. */
import { exportParquet } from '../parser/parquet.ts'
import type { FolderJob } from './job.ts'

/** Writes every event table and the `meta` tables. Fails with `ERR_SINK_WRITE`. */
export async function writeParquet(job: FolderJob): Promise<string> {
  const { database, recording } = await job.open(job.files[0]!)
  const { catalogue } = await recording()
  await exportParquet(database, catalogue.tables, job.folder)
  return `${catalogue.tables.size} event tables`
}
