import { quote } from '../measure.ts'
import { compare, costAtMost, faster, importOf, type Question } from '../question.ts'

/** DuckDB's own copy of the imported tables; argument: the folder of both. */
const COPY = `import('@duckdb/node-api').then(async ({ DuckDBInstance: d }) => {
  const c = await (await d.create(process.argv[1] + '/imported.duckdb')).connect()
  await c.run("export database '" + process.argv[1] + "/copied' (format parquet, compression zstd)")
})`

/** Every event into Parquet and Arrow files. */
export const parquet: Question = {
  name: 'parquet',
  async run(context) {
    const input = await context.inputs.main
    const { traceduck, node } = context
    const [scratch, dist] = [quote(context.scratch), quote(context.dist)]
    const folder = `${scratch}/exported.parquet`
    const ours = `${traceduck} export ${input.word} --to parquet -o ${folder} --force -q`
    const copy = `cd ${dist} && ${node} -e ${quote(COPY)} ${scratch} && rm -r ${scratch}/copied`
    return [
      ...compare(context, {
        what: 'export every event to Parquet',
        ours,
        peer: 'import',
        peerCommand: importOf(context, input),
        targets: [faster(1), costAtMost(0.75)],
      }),
      ...compare(context, {
        what: 'the same beside DuckDB writing what is imported already',
        ours,
        peer: 'export database of DuckDB',
        peerCommand: copy,
        targets: [undefined],
      }),
      ...compare(context, {
        what: 'export every event to Arrow IPC',
        ours: `${traceduck} export ${input.word} --to arrow -o ${scratch}/exported.arrow --force -q`,
        peer: 'import',
        peerCommand: importOf(context, input),
        targets: [costAtMost(1)],
      }),
      ...compare(context, {
        what: 'the same beside a copy of what is imported',
        ours,
        peer: 'import, then export database of DuckDB',
        peerCommand: `${importOf(context, input)} && ${copy}`,
        targets: [faster(1)],
      }),
    ]
  },
}
