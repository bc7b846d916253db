import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { type ElfFile, fileOffset, openElf, readElf } from '../../elf/elf.ts'
import { findSymbols, hasSymbolTable } from '../../elf/symbols.ts'
import { memorySource } from '../../parser/container/source.ts'
import { TraceError } from '../../parser/error.ts'
import { findBinary } from '../../recorder/libraries.ts'
import { type ElfSpec, makeElf } from '../helpers/make-elf.ts'

const read = (spec: ElfSpec): ElfFile => readElf(memorySource(makeElf(spec), 'made.elf'))

t.test('both sizes and byte orders', async (t) => {
  for (const wide of [true, false]) {
    for (const littleEndian of [true, false]) {
      const name = `${wide ? 64 : 32} bit, ${littleEndian ? 'little' : 'big'} endian`
      const elf = read({
        wide,
        littleEndian,
        machine: 22,
        buildId: '0123456789abcdef',
        interpreter: '/lib/ld.so.1',
        symbols: [
          { name: 'first', value: 0x401010 },
          { name: 'picked', value: 0x401020, type: 10 },
          { name: 'hidden', value: 0x401030, table: 'symtab', binding: 0 },
          { name: 'elsewhere', value: 0, section: 0 },
        ],
      })
      t.equal(elf.machine, 22, name)
      t.equal(elf.buildId, '0123456789abcdef')
      t.equal(elf.interpreter, '/lib/ld.so.1')
      t.same(elf.segments, [
        { offset: 0x1000, address: 0x401000n, fileSize: 0x100, executable: true },
      ])
      t.ok(hasSymbolTable(elf))
      t.same(
        findSymbols(elf, () => true).map(({ name, kind, address, global }) => [
          name,
          kind,
          address,
          global,
        ]),
        [
          ['first', 'function', 0x401010n, true],
          ['picked', 'ifunc', 0x401020n, true],
          ['hidden', 'function', 0x401030n, false],
        ],
      )
      t.same(fileOffset(elf, 0x401010n), { offset: 0x1010, executable: true })
      t.equal(fileOffset(elf, 0x401100n), undefined, 'beyond the segment')
      t.equal(fileOffset(elf, 0x400fffn), undefined, 'before it')
    }
  }
})

t.test('what is no ELF file is refused', async (t) => {
  for (const bytes of [Buffer.alloc(0), Buffer.from('#!/bin/sh\n'), Buffer.alloc(4096)]) {
    t.throws(() => readElf(memorySource(bytes, 'x')), { code: 'ERR_ELF' })
  }
  t.throws(() => openElf('/nonexistent/file'), { code: 'ERR_ELF' })
  t.throws(() => openElf('/proc'), { code: 'ERR_ELF' })
})

/** Reads everything; returns the error's code. */
function outcome(bytes: Uint8Array): string {
  try {
    const elf = readElf(memorySource(bytes, 'damaged.elf'))
    return `read ${findSymbols(elf, () => true).length}`
  } catch (error) {
    if (error instanceof TraceError) return error.code
    throw error
  }
}

t.test('cuts and damage end in a code, never in a crash', async (t) => {
  const spec = { buildId: '00112233', symbols: [{ name: 'f', value: 0x401000 }], offset: 0x200 }
  for (const wide of [true, false]) {
    const whole = makeElf({ ...spec, wide })
    t.equal(outcome(whole), 'read 1')
    for (let size = 0; size < whole.length; size++) {
      const got = outcome(whole.subarray(0, size))
      if (got !== 'ERR_ELF') t.fail(`${size} bytes: ${got}`)
    }
    let seed = 1
    for (let round = 0; round < 3000; round++) {
      const copy = Buffer.from(whole)
      for (let flips = 0; flips < 3; flips++) {
        seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
        const at = (seed >>> 8) % copy.length
        copy[at] = (seed >>> 3) & 0xff
      }
      outcome(copy)
    }
  }
})

const skip = spawnSync('readelf', ['--version']).error !== undefined && 'binutils are not installed'

t.test('symbols and file offsets are those of nm and readelf', { skip }, async (t) => {
  for (const name of ['libc.so.6', 'ld', 'libstdc++.so.6', 'libm.so.6', 'sh', process.execPath]) {
    let path: string
    try {
      path = findBinary(name)
    } catch {
      continue
    }
    const elf = openElf(path)
    const mine = new Map(
      findSymbols(elf, () => true).map((symbol) => {
        const { version, isDefault, address } = symbol
        const suffix = version === undefined ? '' : `${isDefault ? '@@' : '@'}${version}`
        return [`${symbol.name}${suffix} ${address.toString(16)}`, symbol]
      }),
    )
    const listed = nmLines(path)
    const segments = readelfSegments(path)
    for (const { name, address, letter } of listed) {
      const symbol = mine.get(`${name} ${address.toString(16)}`)
      if (symbol === undefined) return t.fail(`${path}: ${name} at ${address}`)
      if ((letter === 'i') !== (symbol.kind === 'ifunc')) t.fail(`${path}: kind of ${name}`)
      const segment = segments.find(({ start, size }) => address >= start && address < start + size)
      const expected = segment && Number(address - segment.start + segment.offset)
      if (fileOffset(elf, address)?.offset !== expected) t.fail(`${path}: offset of ${name}`)
    }
    elf.close()
    t.pass(`${path}: ${listed.length} functions`)
  }
})

function nmLines(path: string): { name: string; address: bigint; letter: string }[] {
  const options = ['-D', '--defined-only', '--with-symbol-versions', path]
  const { stdout } = spawnSync('nm', options, { encoding: 'utf8', maxBuffer: 1 << 28 })
  return [...stdout.matchAll(/^([0-9a-f]+) ([TWi]) (\S+)$/gm)].map(([, address, letter, name]) => ({
    name: name!,
    address: BigInt(`0x${address}`),
    letter: letter!,
  }))
}

function readelfSegments(path: string): { offset: bigint; start: bigint; size: bigint }[] {
  const { stdout } = spawnSync('readelf', ['-lW', path], { encoding: 'utf8' })
  const line = /^\s+LOAD\s+(0x[0-9a-f]+) (0x[0-9a-f]+) 0x[0-9a-f]+ (0x[0-9a-f]+)/gm
  return [...stdout.matchAll(line)].map(([, offset, start, size]) => ({
    offset: BigInt(offset!),
    start: BigInt(start!),
    size: BigInt(size!),
  }))
}

t.test('the build id is the one readelf shows', { skip }, async (t) => {
  const path = findBinary('libc.so.6')
  const { stdout } = spawnSync('readelf', ['-n', path], { encoding: 'utf8' })
  const elf = openElf(path)
  t.equal(elf.buildId, /Build ID: ([0-9a-f]+)/.exec(stdout)?.[1])
  t.equal(elf.machine, readFileSync(path).readUInt16LE(18))
  elf.close()
})
