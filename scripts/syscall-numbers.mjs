// Writes analysis/syscalls/numbers/*.ts from the kernel's exported headers (Debian's linux-libc-dev,
// unpacked): node scripts/syscall-numbers.mjs ROOT/usr/lib/linux/uapi
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Per table: the headers, what their numbers begin at, and whether the kernel is a 32-bit one. */
const TABLES = {
  'x86-64': [
    ['x86/asm/unistd_64.h', 0],
    ['x86/asm/unistd_x32.h', 0x40000000],
  ],
  i386: [['x86/asm/unistd_32.h', 0, 32]],
  generic: [
    ['arm64/asm/unistd_64.h', 0],
    ['riscv/asm/unistd_64.h', 0],
  ],
  arm: [['arm/asm/unistd-eabi.h', 0, 32]],
  ppc64: [['powerpc/asm/unistd_64.h', 0]],
  s390x: [['s390/asm/unistd_64.h', 0]],
  mips: [
    ['mips/asm/unistd_o32.h', 4000, 32],
    ['mips/asm/unistd_n64.h', 5000],
    ['mips/asm/unistd_n32.h', 6000],
  ],
}
/** Where the kernel's events spell a call otherwise than the headers. */
const SPELLED = {
  stat: 'newstat',
  lstat: 'newlstat',
  fstat: 'newfstat',
  uname: 'newuname',
  umount2: 'umount',
  _llseek: 'llseek',
  _newselect: 'select',
  ugetrlimit: 'getrlimit',
}
const SPELLED_64 = { sendfile: 'sendfile64' }
const SPELLED_32 = {
  oldstat: 'stat',
  oldlstat: 'lstat',
  oldfstat: 'fstat',
  olduname: 'uname',
  oldolduname: 'olduname',
  select: 'old_select',
  mmap: 'old_mmap',
  mmap2: 'mmap_pgoff',
  umount: 'oldumount',
  readdir: 'old_readdir',
  getrlimit: 'old_getrlimit',
  time: 'time32',
  stime: 'stime32',
  utime: 'utime32',
  nanosleep: 'nanosleep_time32',
  adjtimex: 'adjtimex_time32',
  futimesat: 'futimesat_time32',
  utimes: 'utimes_time32',
}
/** Calls of arm alone: __ARM_NR_BASE in its asm/unistd.h is 0xf0000. */
const ARM_OWN = [
  ['', 'breakpoint', 0xf0001],
  ['', 'cacheflush', 0xf0002],
  ['', 'usr26', 0xf0003],
  ['', 'usr32', 0xf0004],
  ['', 'set_tls', 0xf0005],
  ['', 'get_tls', 0xf0006],
]
const LINE = 96
const root = process.argv[2]
const target = fileURLToPath(new URL('../analysis/syscalls/numbers/', import.meta.url))

for (const [name, headers] of Object.entries(TABLES)) {
  const calls = new Map()
  for (const [header, base, bits = 64] of headers)
    for (const [number, call] of readHeader(header, base, bits))
      if (!calls.has(number)) calls.set(number, call)
  writeFileSync(join(target, `${name}.ts`), textOf(name, headers, calls))
}

/** Numbers and names as the kernel's events spell them. */
function readHeader(header, base, bits) {
  const text = readFileSync(join(root, header), 'utf8')
  const found = [...text.matchAll(/^#define __NR_(\w+)\s+\(?(?:__\w+ \+ )?(\d+)\)?$/gm)]
  if (header.startsWith('arm/')) found.push(...ARM_OWN)
  const names = new Set(found.map(([, name]) => name))
  return found.map(([, name, number]) => [base + Number(number), eventName(name, names, bits)])
}

function eventName(name, names, bits) {
  if (bits === 64) return { ...SPELLED, ...SPELLED_64 }[name] ?? name
  if (names.has(`${name}_time64`)) return `${name}_time32`
  if (
    /^(clock_[gs]ettime|clock_adjtime|timer(fd)?_[gs]ettime)$/.test(name) &&
    names.has(`${name}64`)
  )
    return `${name}32`
  if (/_time64$|^(clock|timer|timerfd)_\w+64$/.test(name)) return name.replace(/(_time)?64$/, '')
  if (names.has(`${name}32`)) return `${name}16`
  if (
    /^(l|f)?chown32$|^[gs]et(re|res|fs)?[ug]id32$|^get(e|re|res)[ug]id32$|^[gs]etgroups32$/.test(
      name,
    )
  )
    return name.slice(0, -2)
  return { ...SPELLED, ...SPELLED_32 }[name] ?? name
}

function textOf(name, headers, calls) {
  const blocks = []
  for (const [number, call] of [...calls].sort(([a], [b]) => a - b)) {
    const last = blocks.at(-1)
    if (last && last.next === number) last.calls.push(call)
    else blocks.push({ first: number, calls: [call] })
    blocks.at(-1).next = number + 1
  }
  const words = blocks.flatMap(({ first, calls }) => [`${first}:`, ...calls])
  const lines = ['']
  for (const word of words) {
    if (lines.at(-1).length + word.length + 1 > LINE) lines.push('')
    lines[lines.length - 1] += lines.at(-1) === '' ? word : ` ${word}`
  }
  const from = headers.map(([header]) => header).join(', ')
  return (
    `/** Made by scripts/syscall-numbers.mjs from ${from}. */\n\n` +
    `/** Calls of ${name} as the kernel's events spell them; \`N:\` is the number of the next one. */\n` +
    `export const CALLS = \`\n${lines.join('\n')}\n\`\n`
  )
}
