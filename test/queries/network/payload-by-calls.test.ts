// Kernels before 6.3 do not tell how much was sent and received: what the program's calls returned does.
import t from 'tap'
import { analysisObjects } from '../../../analysis/index.ts'
import { importTraces } from '../../../parser/import.ts'
import { openDuckDB } from '../../../parser/sink/duckdb/database.ts'
import { fixture } from '../../helpers/paths.ts'
import { answer, select } from '../given.ts'

const out = `${t.testdir()}/without-lengths.duckdb`
await importTraces([fixture('reports', 'http-small.dat')], {
  out,
  events: ['net', 'tcp', 'syscalls', 'sched', 'task', 'sock:inet_sock_set_state'],
  objects: analysisObjects,
})
const database = await openDuckDB(out)
t.teardown(() => database.close())

t.test('the fixture: 84 bytes asked, 188 of headers and 5000 of content', async (t) => {
  const params = ['body=5000', 'port=18080']
  t.match(await answer(database, 'protocol-overhead', params), [
    {
      dev: 'lo',
      wire: 6080,
      ip_tcp: 640,
      http: 272,
      sent: 84,
      received: 5188,
      method: /; payload as the calls of the programs returned it$/,
    },
  ])
})

t.test('other connections of the process at the time leave it open', async (t) => {
  await database.execute(`create or replace view main.tcp_sockets as
    select * from (select * replace (case n when 2 then 7 else dport end as dport) from
      (select *, 1 as n from (${await viewText()}) union all select *, 2 from (${await viewText()}) where role = 'connect'))`)
  t.match(await answer(database, 'protocol-overhead', ['port=18080']), [
    { sent: null, received: null, method: /needs sock:sock_recv_length for the payload$/ },
  ])
})

async function viewText(): Promise<string> {
  const rows = await select(
    database,
    `select sql from duckdb_views() where view_name = 'tcp_sockets'`,
  )
  return String(rows[0]!.sql)
    .replace(/^CREATE VIEW [^(]*?( \([^)]*\))? AS /, '')
    .replace(/;\s*$/, '')
}
