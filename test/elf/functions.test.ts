import t from 'tap'
import { readElf } from '../../elf/elf.ts'
import { functionRanges } from '../../elf/functions.ts'
import { memorySource } from '../../parser/container/source.ts'
import { type ElfSpec, makeElf } from '../helpers/make-elf.ts'

const ranges = (spec: ElfSpec): unknown =>
  functionRanges(readElf(memorySource(makeElf(spec), 'made.elf'))).map(({ name, start, end }) => [
    name,
    start,
    end,
  ])

t.test('functions by place, each with its best name', async (t) => {
  const symbols = [
    { name: 'second', value: 0x401040, size: 0x20 },
    { name: '__libc_first', value: 0x401000, size: 0x10 },
    { name: 'first', value: 0x401000, size: 0x10 },
    { name: 'first_old@@V1', value: 0x401000, size: 0x10, table: 'symtab' as const },
    { name: 'local', value: 0x401020, size: 4, binding: 0, table: 'symtab' as const },
    { name: 'global', value: 0x401020, size: 4, table: 'symtab' as const },
    { name: 'resolver', value: 0x401060, size: 8, type: 10 },
    { name: 'data', value: 0x401068, size: 8, type: 1 },
    { name: 'label', value: 0x401070, size: 0 },
    { name: 'outside', value: 0x500000, size: 8 },
    { name: 'huge', value: 0x401078, size: 0x7fffffff },
  ]
  t.same(ranges({ symbols }), [
    ['first', 0x1000, 0x1010],
    ['global', 0x1020, 0x1024],
    ['second', 0x1040, 0x1060],
  ])
})

t.test('the lowest bit of an ARM address is no part of it', async (t) => {
  const symbols = [{ name: 'thumb', value: 0x401011, size: 6 }]
  t.same(ranges({ symbols, machine: 40, wide: false }), [['thumb', 0x1010, 0x1016]])
  t.same(ranges({ symbols, machine: 62 }), [['thumb', 0x1011, 0x1017]])
})

t.test('a file without symbols has no functions', async (t) => {
  t.same(ranges({}), [])
})
