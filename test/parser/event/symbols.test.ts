import t from 'tap'
import { SymbolTable } from '../../../parser/event/symbols.ts'

const table = (...lines: string[]): SymbolTable =>
  new SymbolTable(Buffer.from(`${lines.join('\n')}\n`, 'latin1'))

const KERNEL = [
  '0000000000000000 A fixed_percpu_data',
  '0000000000000000 A __per_cpu_start',
  'ffffffff81000000 T _stext',
  'ffffffff81000000 T _text',
  'ffffffff81000100 t do_one',
  'ffffffff81000200 T $x.17',
  'ffffffff81000300 W weak_one',
  'ffffffffc0557000 t late\t[tev]',
  'ffffffffc0400000 t early\t[ext4]',
  'ffffffffc0400010 d data_one\t[ext4]',
]

t.test('look-up', async (t) => {
  const symbols = table(...KERNEL)
  const cases: [address: bigint, expected: string | undefined][] = [
    [0n, undefined],
    [0x400000n, undefined],
    [0xffffffff80ffffffn, undefined],
    [0xffffffff81000000n, '_stext+0'],
    [0xffffffff810000ffn, '_stext+255'],
    [0xffffffff81000100n, 'do_one+0'],
    [0xffffffff81000210n, 'do_one+272'],
    [0xffffffff81000300n, 'weak_one+0'],
    [0xffffffffc0400008n, 'early+8 ext4'],
    [0xffffffffc0400010n, 'data_one+0 ext4'],
    [0xffffffffc0557001n, 'late+1 tev'],
    [0xffffffffffffffffn, `late+${0xffffffffffffffffn - 0xffffffffc0557000n} tev`],
  ]
  for (const [address, expected] of cases) {
    const hit = symbols.lookup(address)
    const text = hit && `${hit.name}+${hit.offset} ${hit.module}`.trim()
    t.equal(text, expected, address.toString(16))
  }
})

t.test('all symbols in bulk, in file order', async (t) => {
  const symbols = table(...KERNEL)
  const { columns } = symbols
  t.equal(columns.count, KERNEL.length)
  t.equal(columns.addresses[7], 0xffffffffc0557000n)
  t.same(columns.modules, ['', 'tev', 'ext4'])
  const lines = Array.from({ length: columns.count }, (_, i) => {
    const module = columns.modules[columns.module[i]!]!
    const address = columns.addresses[i]!.toString(16).padStart(16, '0')
    const type = String.fromCharCode(columns.types[i]!)
    return `${address} ${type} ${symbols.nameAt(i)}${module && `\t[${module}]`}`
  })
  t.same(lines, KERNEL)
})

t.test('hidden addresses name nothing', async (t) => {
  const symbols = table('0000000000000000 T _text', '0000000000000000 T do_one')
  t.equal(symbols.columns.count, 2)
  t.equal(symbols.lookup(0xffffffff81000000n), undefined)
})

t.test('32-bit kernels and mapping symbols', async (t) => {
  const symbols = table('c0008000 T stext', 'c0008000 t $a', 'c0008100 t $d', 'c0008200 T f')
  t.match(symbols.lookup(0xc0008104n), { name: 'stext', offset: 0x104n })
  t.match(symbols.lookup(0xffff0000n), { name: 'f' })
})

t.test('order of the file does not matter', async (t) => {
  const lines = Array.from({ length: 500 }, (_, i) => {
    const n = (i * 7919) % 500
    return `ffff8000${(n * 16).toString(16).padStart(8, '0')} t s${n}`
  })
  const symbols = table(...lines)
  for (const n of [0, 1, 250, 499]) {
    t.match(symbols.lookup(0xffff800000000000n + BigInt(n * 16 + 3)), { name: `s${n}`, offset: 3n })
  }
})

t.test('lines that are none are skipped', async (t) => {
  const symbols = table(
    '',
    'x T a',
    '12',
    '12 T',
    '12 T ',
    '12 TT a',
    '112233445566778899 T a',
    '10 T ok',
  )
  t.equal(symbols.columns.count, 1)
  t.equal(symbols.nameAt(0), 'ok')
  t.equal(new SymbolTable(new Uint8Array(0)).lookup(5n), undefined)
  t.equal(new SymbolTable(Buffer.from('10 T no_newline')).nameAt(0), 'no_newline')
  t.equal(table('10 T b\xff').nameAt(0), 'b\\xff')
  t.equal(table(`10 T ${'y'.repeat(5000)}`).nameAt(0).length, 1024)
})
