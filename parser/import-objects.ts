/**
 * Makes the macros, views and replayed tables of an import. DuckDB binds a view's whole `select` when
 * it is made, and with it all that the relations it names are made of: in layers over a union of
 * hundreds of tables that is most of the work. So a relation that later ones stand on is put in place
 * with its columns alone, and gets its `select` back when those are made.
 */
import type { TableSchema } from './batch/column-batch.ts'
import { quoteName } from './sink/duckdb/binding.ts'
import type { DuckDBSink } from './sink/duckdb/import-sink.ts'
import type { LazyObject } from './sink/duckdb/relations.ts'

/** An object that could not be made, and why. */
export interface FailedObject {
  readonly name: string
  readonly message: string
}

/** Makes `objects`, each after those it stands on; gives those that could not be made. */
export async function makeObjects(
  sink: DuckDBSink,
  objects: readonly LazyObject[],
): Promise<FailedObject[]> {
  const failed: FailedObject[] = []
  const attempt = async (name: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      failed.push({ name, message: (error as Error).message })
    }
  }
  const texts = objects.map(({ create }) => (typeof create === 'string' ? create : create()))
  const usedLater = usedByLater(objects, texts)
  const waiting: (() => Promise<void>)[] = []
  for (const [i, { schema, name, replay }] of objects.entries()) {
    const sql = texts[i]!
    const table: TableSchema | undefined = replay && { schema, name, columns: replay.columns }
    await attempt(name, async () => {
      if (table) return sink.declare([table])
      await sink.execute(sql)
      if (!usedLater[i] || !/^create or replace view\b/.test(sql)) return
      await sink.execute(columnsAlone(schema, name, await sink.columnsOf(schema, name)))
      waiting.push(() => attempt(name, () => sink.execute(sql)))
    })
  }
  for (const finish of waiting.reverse()) await finish()
  for (const [i, { schema, name, replay }] of objects.entries())
    if (replay) await attempt(name, () => sink.replay(schema, name, texts[i]!, replay))
  return failed
}

/** Whether the text of a later object has an object's name in it. */
function usedByLater(objects: readonly LazyObject[], texts: readonly string[]): boolean[] {
  const later = new Set<string>()
  const used: boolean[] = []
  for (let i = objects.length - 1; i >= 0; i--) {
    used[i] = later.has(objects[i]!.name)
    for (const word of texts[i]!.match(/\w+/g) ?? []) later.add(word)
  }
  return used
}

function columnsAlone(
  schema: string,
  name: string,
  columns: readonly { readonly name: string; readonly type: string }[],
): string {
  const list = columns.map((column) => `null::${column.type} as ${quoteName(column.name)}`)
  return `create or replace view ${quoteName(schema)}.${quoteName(name)} as select ${list.join(', ')}`
}
