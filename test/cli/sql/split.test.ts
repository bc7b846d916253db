import t from 'tap'
import { allStatements, splitStatements } from '../../../cli/sql/split.ts'
import { cpuTime } from '../../helpers/cpu-time.ts'

const texts = (sql: string): string[] => allStatements(sql).map(({ text }) => text)

t.test('semicolons that end a statement, and those that do not', async (t) => {
  const cases: [string, string[]][] = [
    ['select 1', ['select 1']],
    ['select 1;', ['select 1']],
    ['select 1; select 2;', ['select 1', 'select 2']],
    [';;select 1;;', ['select 1']],
    ["select ';'; select 2", ["select ';'", 'select 2']],
    ["select 'it''s;'; select 2", ["select 'it''s;'", 'select 2']],
    ['select 1 as "a;""b"; select 2', ['select 1 as "a;""b"', 'select 2']],
    ["select e'\\';'; select 2", ["select e'\\';'", 'select 2']],
    ["select date';'; select 2", ["select date';'", 'select 2']],
    ["select 'a\\'; select 2", ["select 'a\\'", 'select 2']],
    ['select 1 -- a;b\n; select 2', ['select 1 -- a;b', 'select 2']],
    [
      'select /* a; /* nested; */ b; */ 1; select 2',
      ['select /* a; /* nested; */ b; */ 1', 'select 2'],
    ],
    ['select $$a;b$$; select 2', ['select $$a;b$$', 'select 2']],
    ['select $x$a;$$;b$x$; select 2', ['select $x$a;$$;b$x$', 'select 2']],
    ['select $a; select 2', ['select $a', 'select 2']],
    ['-- nothing\n', []],
    ['/* nothing */ ;', []],
    ['', []],
  ]
  for (const [sql, expected] of cases) t.same(texts(sql), expected, sql)
})

t.test('what is unfinished is kept for the next line', async (t) => {
  for (const sql of [
    "select 'a;",
    'select 1',
    'select "a;',
    'select $$;',
    '/* a',
    'select 1 /* ;',
  ]) {
    t.same(splitStatements(sql), { statements: [], rest: sql }, sql)
  }
  for (const sql of [
    '',
    ' \n',
    '-- done',
    'select 1;',
    'select 1; -- done\n',
    'select 1; /* done */',
  ]) {
    t.equal(splitStatements(sql).rest, '', sql)
  }
})

t.test('a statement knows its line', async (t) => {
  const pieces = allStatements('select 1;\n\n-- two\nselect 2;\nselect\n3')
  t.same(
    pieces.map(({ line }) => line),
    [1, 4, 5],
  )
})

t.test('long unfinished text costs linear time', async (t) => {
  const start = cpuTime()
  for (const sql of [
    `select '${'a'.repeat(5e6)}`,
    "'".repeat(1e6),
    '/*'.repeat(1e6),
    '$a$'.repeat(1e5),
  ])
    splitStatements(sql)
  t.ok(cpuTime() - start < 10_000)
})
