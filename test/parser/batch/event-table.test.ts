import t from 'tap'
import { mergeLayouts, type TableLayout } from '../../../parser/batch/event-table.ts'
import type { ColumnType } from '../../../parser/batch/types.ts'

function layout(columns: Record<string, ColumnType>): TableLayout {
  return {
    table: {
      schema: 's',
      name: 'e',
      columns: Object.entries(columns).map(([name, type]) => ({ name, type })),
    },
    sources: Object.keys(columns).map((_, i) => ({
      from: 'record',
      read: { op: 'int', offset: i, size: 1, signed: false },
    })),
  }
}

t.test('one event in several files becomes one table', async (t) => {
  const merged = mergeLayouts([
    layout({ ts: 'BIGINT', a: 'UINTEGER', s: 'VARCHAR', common_stack: 'UBIGINT[]' }),
    layout({ ts: 'BIGINT', a: 'INTEGER', b: 'TINYINT', s: 'UBIGINT' }),
  ])
  t.strictSame(
    merged[0]!.table.columns.map(({ name, type }) => `${name} ${type}`),
    ['ts BIGINT', 'a BIGINT', 's VARCHAR', 'b TINYINT', 's_ UBIGINT', 'common_stack UBIGINT[]'],
    'integers widen, types that do not mix keep apart, stacks come last',
  )
  t.strictSame(
    merged.map(({ sources }) =>
      sources.map((source) => (source.from === 'record' ? 'own' : source.from)),
    ),
    [
      ['own', 'own', 'own', 'absent', 'absent', 'own'],
      ['own', 'own', 'absent', 'own', 'own', 'absent'],
    ],
  )
  t.strictSame(merged[1]!.table, merged[0]!.table)
})

t.test('equal layouts are left alone', async (t) => {
  const layouts = [layout({ ts: 'BIGINT' }), layout({ ts: 'BIGINT' })]
  t.strictSame(mergeLayouts(layouts), layouts)
})
