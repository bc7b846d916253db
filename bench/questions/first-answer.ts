import { spawnSync } from 'node:child_process'
import { quote } from '../measure.ts'
import { beyond, compare, faster, type Question, reportOf } from '../question.ts'

const SIZES_SQL = `select bytes_req, count(*) as n from kmem.kmalloc
group by all order by n desc, bytes_req limit 10`

const SIZES_AWK = `awk '/ kmalloc: / { for (i = 1; i <= NF; i++)
  if ($i ~ /^bytes_req=/) n[substr($i, 11)]++ }
END { print "bytes_req,n"; for (k in n) print k "," n[k] | "sort -t, -k2,2nr -k1,1n | head -n 10" }'`

const START_DUCKDB = `import('@duckdb/node-api').then(async ({ DuckDBInstance: d }) =>
  (await (await d.create()).connect()).run('select 1'))`

/** The ten most frequent sizes of kmalloc, straight from the file, by a cold process. */
export const firstAnswer: Question = {
  name: 'first-answer',
  async run(context) {
    const input = await context.inputs.main
    const report = reportOf(context, input)
    const there = `${context.traceduck} sql ${input.word} 'from kmem.kmalloc limit 0'`
    if (spawnSync('bash', ['-c', there], { stdio: 'ignore' }).status !== 0)
      return [{ what: 'first answer', peer: '', note: 'the recording has no kmem:kmalloc' }]
    const ours = `${context.traceduck} sql ${input.word} ${quote(SIZES_SQL)} --format csv`
    return [
      ...compare(context, {
        what: 'first answer: ten most frequent kmalloc sizes',
        ours,
        peer: 'trace-cmd report to awk',
        peerCommand: report && `${report} | ${SIZES_AWK}`,
        targets: [faster(15)],
        sameOutput: true,
      }),
      ...compare(context, {
        what: 'first answer beyond the start of Node and DuckDB',
        ours,
        peer: 'select 1 of DuckDB in Node',
        peerCommand: `cd ${quote(context.dist)} && ${context.node} -e ${quote(START_DUCKDB)}`,
        targets: [beyond(1.5)],
      }),
    ]
  },
}
