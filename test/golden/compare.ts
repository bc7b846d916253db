/** Compares one trace with its golden files: facts, records, lines, fields, stacks and names. */
import { openTrace } from '../../parser/index.ts'
import { compareFields } from './compare-fields.ts'
import { compareFacts, compareRecords } from './compare-records.ts'
import { type GoldenPath, readFacts, readGoldenRecords, readRawText } from './golden-files.ts'
import { Tally } from './tally.ts'

/** What a comparison found, by part. */
export interface Comparison {
  readonly facts: Tally
  readonly records: Tally
  readonly heads: Tally
  readonly fields: Tally
  readonly stacks: Tally
  readonly names: Tally
}

/** The parts of a comparison, in order of print. */
export const PARTS = ['facts', 'records', 'heads', 'fields', 'stacks', 'names'] as const

/** A comparison with nothing in it, to merge others into. */
export const emptyComparison = (): Comparison => ({
  facts: new Tally(),
  records: new Tally(),
  heads: new Tally(),
  fields: new Tally(),
  stacks: new Tally(),
  names: new Tally(),
})

/** Opens NAME.dat and compares everything. Throws what the parser throws. */
export const compareTrace = async (path: GoldenPath): Promise<Comparison> => {
  const trace = await openTrace(`${path}.dat`)
  try {
    const golden = readGoldenRecords(path)
    const facts = compareFacts(trace, readFacts(path))
    const { tally, payloads } = compareRecords(trace, golden)
    const fields = await compareFields(trace, payloads, readRawText(path))
    return { facts, records: tally, ...fields }
  } finally {
    trace.close()
  }
}

/** Differences found in all parts. */
export const differences = (comparison: Comparison): number =>
  PARTS.reduce((n, part) => n + comparison[part].different, 0)
