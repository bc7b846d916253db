/** What a query command says at its end about the data it answered from. */
import { TraceError } from '../parser/error.ts'
import type { TraceDatabase } from '../parser/sink/duckdb/database.ts'
import { lossWarnings } from '../queries/index.ts'
import { type Finding, printDiagnostics } from './diagnostics.ts'
import { say } from './safe-text.ts'

const FINDINGS = `
select code, severity, coalesce(cpu, -1) as cpu, count, sample
from meta.diagnostics
where severity <> 'info'`

/**
 * Reports lost events, skipped records and unknown ids on stderr; `losses: false` where they were
 * reported before the answer. Says nothing about databases that hold no trace.
 */
export async function reportFindings(
  database: TraceDatabase,
  what = { losses: true },
): Promise<void> {
  try {
    if (what.losses) await reportLosses(database)
    const { rows } = await database.all(FINDINGS)
    printDiagnostics(
      rows.map(
        ([code, severity, cpu, count, sample]) =>
          ({ code, severity, cpu: Number(cpu), count: Number(count), sample }) as Finding,
      ),
    )
  } catch (error) {
    if (!(error instanceof TraceError) || error.code !== 'ERR_SQL') throw error
  }
}

/** Names the lost events of a whole trace on stderr, a line for each CPU that lost some. */
export async function reportLosses(database: TraceDatabase): Promise<void> {
  for (const line of await lossWarnings(database, { from: null, to: null })) say(`${line}\n`)
}
