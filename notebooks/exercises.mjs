// The questions of exercises.ipynb in JavaScript: each starts from a trace.dat with one line,
// `openDatabase`. Answers go to stdout, charts into a page: node exercises.mjs [exercises.html]
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { openDatabase } from 'traceduck'

const recordings =
  process.env.TRACEDUCK_RECORDINGS ?? fileURLToPath(new URL('../fixtures', import.meta.url))
const page = process.argv[2] ?? 'exercises.html'
const charts = []

/** What was lost comes first: counts over a gap are lower bounds. */
async function open(file) {
  const db = await openDatabase(`${recordings}/${file}`)
  const [{ lost, gaps }] = await db.all(
    'select coalesce(sum(count), 0)::bigint as lost, count(*)::bigint as gaps from meta.lost_events',
  )
  console.log(
    `\n${file}: ${gaps === 0n ? 'no events lost' : `${lost} events lost in ${gaps} gaps`}`,
  )
  return db
}

// How many events were read, and how many lost?
const flood = await open('traces/amd64-6.12-lost-v7.dat')
const cpus = await flood.all(`
  select c.cpu, any_value(c.events) as events, coalesce(sum(l.count), 0)::bigint as lost
  from meta.cpus c left join meta.lost_events l using (source, cpu) group by c.cpu order by c.cpu`)
charts.push(
  bars(
    'Events read and lost',
    cpus.flatMap(({ cpu, events, lost }) => [
      { name: `CPU ${cpu} read`, value: events },
      { name: `CPU ${cpu} lost`, value: lost, color: '#d9534f' },
    ]),
  ),
)
await flood.close()

// Which files in /etc are opened?
const files = await open('reports/files-small.dat')
const opened = await files.all(`
  select path, count(*) as opens, string_agg(distinct comm, ', ' order by comm) as programs
  from file_opens where path like '/etc/%' group by path order by opens desc, path`)
for (const { path, opens, programs } of opened) console.log(`${opens} × ${path} by ${programs}`)
charts.push(
  bars(
    'Opens of files in /etc',
    opened.map(({ path, opens }) => ({ name: path, value: opens })),
  ),
)
await files.close()

// How large are the blocks that a program allocates?
const heap = await open('reports/heap-ledger.dat')
const sizes = await heap.all(`
  select bucket_low(size) as low, bucket_high(size) as high, count(*) as blocks, sum(size)::bigint as bytes
  from user_allocs where state <> 'failed' and size is not null group by all order by low`)
for (const { low, high, blocks, bytes } of sizes)
  console.log(`${low} to ${high} bytes: ${blocks} blocks, ${bytes} bytes`)
charts.push(
  bars(
    'Blocks by size',
    sizes.map(({ low, high, blocks }) => ({ name: `${low} … ${high}`, value: blocks })),
  ),
)
await heap.close()

// What does HTTP cost besides the page? A report that comes with traceduck.
const http = await open('reports/http-small.dat')
const { rows, warnings } = await http.run('protocol-overhead', { body: 5000 })
const [{ body, http: headers, ip_tcp, link, overhead, wire }] = rows
for (const warning of warnings) console.log(warning)
console.log(`${wire} bytes on the wire, ${overhead} of them overhead`)
charts.push(
  bars('Bytes on the wire', [
    { name: 'page', value: body },
    { name: 'HTTP headers', value: headers },
    { name: 'IP and TCP headers', value: ip_tcp },
    { name: 'link headers', value: link },
  ]),
)
await http.close()

// What does the kernel allocate for one ping?
const ping = await open('reports/icmp-ping-default.dat')
const objects = await ping.all(`
  select coalesce(a.cache, a.allocator) as object, a.bytes_req, count(*) as objects
  from icmp_echoes e join kernel_allocs a
    on a.source = e.source and a.tid = e.tid and a.ts between e.ts and e.end_ts
  group by all order by object`)
for (const { object, bytes_req, objects: count } of objects)
  console.log(`${count} × ${object}, ${bytes_req} bytes each`)
charts.push(
  bars(
    'Objects for one echo',
    objects.map(({ object, objects: count }) => ({ name: object, value: count })),
  ),
)
await ping.close()

writeFileSync(
  page,
  `<!doctype html><meta charset="utf-8"><title>Four questions</title>\n${charts.join('\n')}\n`,
)
console.log(`\ncharts: ${page}`)

/** Horizontal bars as SVG. */
function bars(title, data) {
  const most = Math.max(...data.map(({ value }) => Number(value)), 1)
  const rows = data.map(({ name, value, color = '#3b75af' }, i) => {
    const y = 34 + i * 22
    const width = (Number(value) / most) * 520
    return (
      `<text x="190" y="${y + 13}" text-anchor="end">${escapeXml(name)}</text>` +
      `<rect x="200" y="${y}" width="${width.toFixed(1)}" height="17" fill="${color}"/>` +
      `<text x="${(206 + width).toFixed(1)}" y="${y + 13}">${value}</text>`
    )
  })
  const height = 44 + data.length * 22
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="820" height="${height}" font-family="sans-serif" font-size="12">` +
    `<text x="200" y="20" font-size="15">${escapeXml(title)}</text>${rows.join('')}</svg>`
  )
}

function escapeXml(text) {
  return String(text).replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
