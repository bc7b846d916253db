import { quote } from '../measure.ts'
import { compare, faster, importOf, type Question } from '../question.ts'

/** DuckDB's own copy of the imported tables; argument: the folder of both. */
const COPY = `import('@duckdb/node-api').then(async ({ DuckDBInstance: d }) => {
  const c = await (await d.create(process.argv[1] + '/imported.duckdb')).connect()
  await c.run("export database '" + process.argv[1] + "/copied' (format parquet, compression zstd)")
})`

/** Every event into Parquet files. */
export const parquet: Question = {
  name: 'parquet',
  async run(context) {
    const input = await context.inputs.main
    const { traceduck, node } = context
    const [scratch, dist] = [quote(context.scratch), quote(context.dist)]
    const folder = `${scratch}/exported.parquet`
    const ours = `${traceduck} export ${input.word} --to parquet -o ${folder} --force -q`
    return [
      ...compare(context, {
        what: 'export every event to Parquet',
        ours,
        peer: 'import',
        peerCommand: importOf(context, input),
        targets: [faster(1)],
      }),
      ...compare(context, {
        what: 'the same beside a copy of what is imported',
        ours,
        peer: 'import, then export database of DuckDB',
        peerCommand:
          `${importOf(context, input)} && cd ${dist} && ${node} -e ${quote(COPY)} ${scratch} && ` +
          `rm -r ${scratch}/copied`,
        targets: [faster(1)],
      }),
    ]
  },
}
