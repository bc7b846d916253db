// What must hold for the relations of the network whatever was recorded.
import t from 'tap'
import { analysisObjects, derivable } from '../../../analysis/index.ts'
import { openTraceDatabase } from '../../../parser/trace-database.ts'
import { everyRecording, someRecordings } from '../../helpers/recordings.ts'

/** Selects with a row for each thing that is wrong, by the relation that must be there. */
const WRONG: readonly [relation: string, what: string, sql: string][] = [
  [
    'packets',
    'not a packet for each event',
    `from (select count(*) as n from packets) p, (select sum(rows) as n from meta.events
      where system = 'net' and event in ('net_dev_xmit', 'netif_receive_skb')) e where p.n is distinct from e.n`,
  ],
  [
    'tcp_events',
    'not a row for each event',
    `from (select event, count(*) as n from tcp_events where event <> 'inet_sock_set_state' group by all) a
      full join (select event, sum(rows) as n from meta.events where system = 'tcp' and rows > 0 and event in
        ('tcp_retransmit_skb', 'tcp_retransmit_synack', 'tcp_send_reset', 'tcp_receive_reset', 'tcp_destroy_sock', 'tcp_probe')
        group by all) b using (event) where a.n is distinct from b.n`,
  ],
  [
    'tcp_events',
    'an address that is no address',
    `from tcp_events where saddr is null or daddr is null or not regexp_matches(saddr, '^[0-9a-f.:]+$')`,
  ],
  [
    'tcp_sockets',
    'a negative time',
    'from tcp_sockets where dur < 0 or latency < 0 or end_ts < ts',
  ],
  [
    'tcp_sockets',
    'two sockets at one address at once',
    `from (select *, lead(ts) over (partition by source, skaddr order by ts) as next_ts from tcp_sockets)
      where next_ts < end_ts`,
  ],
  [
    'tcp_sockets',
    'a time across lost events',
    `from tcp_sockets s join meta.lost_events g on g.source = s.source
      where g.ts > s.ts and (s.dur is not null and coalesce(g.gap_start_ts, 0) < s.end_ts
        or s.latency is not null and coalesce(g.gap_start_ts, 0) < s.established_ts)`,
  ],
  ['dns_lookups', 'a negative time', 'from dns_lookups where dur < 0'],
  ['icmp_echoes', 'a negative time', 'from icmp_echoes where dur < 0 or send_end_ts < ts'],
  [
    'loss_windows',
    'windows that overlap, or a loss outside of them',
    `from (select *, lag(to_ts) over (partition by source order by to_ts) as last_ts from loss_windows)
      where from_ts < last_ts
    union all
    select g.source, g.gap_start_ts, g.ts, null from meta.lost_events g
    where not exists (from loss_windows w where w.source = g.source and w.to_ts >= g.ts
      and (w.from_ts is null or w.from_ts <= g.gap_start_ts))`,
  ],
]

const files = someRecordings()

t.setTimeout(240_000)

t.test('whatever was recorded', async (t) => {
  const seen = new Set<string>()
  for (const file of files) {
    let there: ReadonlySet<string> = new Set()
    const { database, trace } = await openTraceDatabase(file, {
      objects: (tables) => {
        there = derivable(tables).catalogue.derived
        return analysisObjects(tables)
      },
    })
    for (const [relation, what, sql] of WRONG) {
      if (!there.has(relation)) continue
      seen.add(relation)
      const { rows } = await database.all(sql)
      if (rows.length > 0) t.fail(`${file}: ${relation}: ${what}: ${JSON.stringify(rows[0], text)}`)
    }
    await database.close()
    trace.close()
  }
  for (const relation of ['packets', 'tcp_events', 'tcp_sockets', 'icmp_echoes', 'loss_windows'])
    t.ok(seen.has(relation) || !everyRecording, relation)
})

function text(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}
