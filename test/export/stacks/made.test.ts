import t from 'tap'
import { escapeXml, writeFlamegraph } from '../../../export/stacks/flamegraph.ts'
import { foldedName, writeFolded } from '../../../export/stacks/folded.ts'
import { writeSpeedscope } from '../../../export/stacks/speedscope.ts'
import { exportDatabase } from '../../helpers/exported.ts'
import { at, entered, left, withRecording } from '../../helpers/made-recording.ts'

const SYMBOLS = `insert into meta.symbols by name select unnest([
  {'source': 0, 'address': 4096, 'name': 'outer;<&>', 'type': 'T'},
  {'source': 0, 'address': 8192, 'name': 'inner' || chr(10) || '"x"', 'type': 'T'},
  {'source': 0, 'address': 12288, 'name': 'leaf', 'type': 'T'}], recursive := true)`

/** outer [100, 200] calls inner [110, 140], which calls leaf [120, 130], and inner [150, 160]; leaf is left open. */
const GRAPH = {
  'ftrace.funcgraph_entry': [
    entered(100, 4096, 0),
    entered(110, 8192, 1),
    entered(120, 12288, 2),
    entered(150, 8192, 1),
    entered(300, 12288, 0),
    entered(310, 8192, 1),
  ],
  'ftrace.funcgraph_exit': [
    left(12288, 2, 120, 130),
    left(8192, 1, 110, 140),
    left(8192, 1, 150, 160),
    left(4096, 0, 100, 200),
    left(8192, 1, 310, 315),
  ],
}

t.test('functions weigh the time they took themselves', async (t) => {
  await withRecording(GRAPH, [SYMBOLS], async (database) => {
    const { text } = await exportDatabase(database, writeFolded)
    t.equal(
      text,
      [
        'a:b;leaf;inner "x" 5',
        'a:b;outer:<&> 60',
        'a:b;outer:<&>;inner "x" 30',
        'a:b;outer:<&>;inner "x";leaf 10',
        '',
      ].join('\n'),
    )
    const { profiles } = JSON.parse((await exportDatabase(database, writeSpeedscope)).text)
    t.same(
      profiles[0].events.map(({ type, at }: { type: string; at: number }) => `${type}${at}`),
      ['O0', 'O10', 'O20', 'C30', 'C40', 'O50', 'C60', 'C100', 'O210', 'C215'],
    )
  })
})

t.test('stacks of the kernel stand on those of the program', async (t) => {
  const alloc = (ts: number, bytes: number, kernel: string, user: string): string =>
    `${at(ts, 0, 7, 'x')}1 as call_site, ${ts} as ptr, ${bytes} as bytes_req, ${bytes} as bytes_alloc,
      ${kernel}::ubigint[] as common_stack, ${user}::ubigint[] as common_user_stack`
  const rows = {
    'kmem.kmalloc': [
      alloc(100, 64, '[12289, 4097]', '[777, 888, 0, 0]'),
      alloc(110, 32, '[12290, 4097]', 'null'),
      alloc(120, 8, 'null', 'null'),
    ],
  }
  await withRecording(rows, [SYMBOLS], async (database) => {
    const { text } = await exportDatabase(database, writeFolded, { profile: 'alloc' })
    t.equal(text, 'x;0x378;0x309;outer:<&>;leaf 64\nx;outer:<&>;leaf 32\n')
  })
})

t.test('a flame graph is whole XML, and says what is in it', async (t) => {
  await withRecording(GRAPH, [SYMBOLS], async (database) => {
    const { text, summary } = await exportDatabase(database, writeFlamegraph, { file: 'a<b>.dat' })
    t.match(summary, /^time in functions themselves: 105 ns, 7 frames$/)
    t.same(unbalanced(text), [])
    t.ok(text.includes('<title>outer;&lt;&amp;&gt; (100 ns, 95.24%)</title>'))
    t.ok(text.includes('a&lt;b&gt;.dat'))
    t.notMatch(text, /(href|src)=/, 'nothing is loaded from elsewhere')
    const rects = [...text.matchAll(/<rect x="([\d.]+)" y="(\d+)" width="([\d.]+)"/g)]
    const frames = rects.map(([, x, y, width]) => ({
      x: Number(x),
      y: Number(y),
      width: Number(width),
    }))
    t.equal(frames.length, 7)
    for (const { x, y, width } of frames.slice(1)) {
      const under = frames.filter(
        (frame) =>
          frame.y === y + 17 && frame.x <= x + 0.02 && frame.x + frame.width >= x + width - 0.02,
      )
      if (under.length !== 1) t.fail(`the frame at ${x}, ${y} stands on ${under.length} frames`)
    }
  })
})

/** Tags that are not closed in order, and what is no entity. */
function unbalanced(xml: string): string[] {
  const text = xml.replace(/<!\[CDATA\[.*?\]\]>/gs, '')
  const open: string[] = []
  const bad: string[] = [...text.matchAll(/&(?!(amp|lt|gt|quot|apos);)/g)].map(([found]) => found)
  for (const [tag, name] of text.matchAll(/<\/?([a-z]+)[^<>]*>/g)) {
    if (tag.endsWith('/>')) continue
    if (!tag.startsWith('</')) open.push(name!)
    else if (open.pop() !== name) bad.push(tag)
  }
  return [...bad, ...open, ...(text.replace(/<[^<>]*>/g, '').match(/[<>]/g) ?? [])]
}

t.test('names that would mean something to who reads them', async (t) => {
  t.equal(foldedName('a;b\r\nc'), 'a:b c')
  t.equal(foldedName(''), '<...>')
  t.equal(
    escapeXml(`a<b>&"c"'\u0001\u{1F986}`),
    'a&lt;b&gt;&amp;&quot;c&quot;&apos;\u{FFFD}\u{1F986}',
  )
})
