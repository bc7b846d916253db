/** The questions the benchmark answers: our command, the peer's, and the ratio aimed at. */

/** One comparison. Commands are for the shell. */
export interface BenchCase {
  readonly name: string
  readonly question: string
  readonly ours: string
  /** What the peer is, in words. */
  readonly peer: string
  readonly peerCommand: string
  /** Aim: at least so many times faster than the peer in wall time. */
  readonly ratioAtLeast?: number
  /** Aim: at most so many seconds more wall time than the peer. */
  readonly secondsBeyond?: number
  /** Aim: at most so many bytes resident. */
  readonly peakBytesAtMost?: number
  /** Both commands print the same, checked once before measuring. */
  readonly sameOutput?: boolean
}

const MIB = 1024 * 1024

const SIZES_SQL = `select bytes_req, count(*) as n from kmem.kmalloc
group by all order by n desc, bytes_req limit 10`

const SIZES_AWK = `awk '/ kmalloc: / { for (i = 1; i <= NF; i++)
  if ($i ~ /^bytes_req=/) n[substr($i, 11)]++ }
END { print "bytes_req,n"; for (k in n) print k "," n[k] | "sort -t, -k2,2nr -k1,1n | head -n 10" }'`

const REPORT = 'trace-cmd report > /dev/null'

/**
 * The cases for one recording. `file` must have no database beside it; outputs go to `scratch`;
 * `dist` is the folder of compiled code.
 */
export function benchCases(file: string, scratch: string, dist: string): BenchCase[] {
  const [trace, out, code] = [file, scratch, dist].map(quote) as [string, string, string]
  const node = quote(process.execPath)
  const traceduck = `${node} ${code}/cli/main.js`
  const report = `trace-cmd report ${trace}`
  const startDuckdb = `import('@duckdb/node-api').then(async ({ DuckDBInstance: d }) =>
    (await (await d.create()).connect()).run('select 1'))`
  return [
    {
      name: 'decode',
      question: 'every field of every event, thrown away',
      ours: `${node} ${code}/bench/stage.js ${trace} decode`,
      peer: REPORT,
      peerCommand: report,
      ratioAtLeast: 20,
    },
    {
      name: 'import',
      question: 'every event into a DuckDB file',
      ours: `${traceduck} import ${trace} -o ${out}/imported.duckdb --force -q`,
      peer: REPORT,
      peerCommand: report,
      ratioAtLeast: 8,
      peakBytesAtMost: 700 * MIB,
    },
    {
      name: 'first-answer',
      question: 'ten most frequent kmalloc sizes, straight from the file',
      ours: `${traceduck} sql ${trace} ${quote(SIZES_SQL)} --format csv`,
      peer: 'trace-cmd report | awk',
      peerCommand: `${report} | ${SIZES_AWK}`,
      ratioAtLeast: 15,
      sameOutput: true,
    },
    {
      name: 'first-answer-beyond-start',
      question: 'the same beside what Node and DuckDB need to start',
      ours: `${traceduck} sql ${trace} ${quote(SIZES_SQL)} --format csv`,
      peer: 'node and DuckDB, select 1',
      peerCommand: `cd ${code} && ${node} -e ${quote(startDuckdb)}`,
      secondsBeyond: 1.5,
    },
    {
      name: 'info',
      question: 'what the file says about itself, beside what Node needs to start',
      ours: `${traceduck} info ${trace}`,
      peer: 'node -e 0',
      peerCommand: `${node} -e 0`,
      secondsBeyond: 0.3,
    },
    {
      name: 'parquet',
      question: 'one event into a Parquet file',
      ours: `${traceduck} sql ${trace} 'from kmem.kmalloc' -o ${out}/kmalloc.parquet --force`,
      peer: REPORT,
      peerCommand: report,
    },
  ]
}

/** Quotes a word for the shell. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}
