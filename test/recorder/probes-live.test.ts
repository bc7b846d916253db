/** Probes on the running kernel, against what small programs say of themselves. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { openElf } from '../../elf/elf.ts'
import { findSymbols, hasSymbolTable } from '../../elf/symbols.ts'
import { startCommand } from '../../recorder/command.ts'
import { Journal } from '../../recorder/journal.ts'
import { defineProbes, readGroups, resolveProbes } from '../../recorder/probes.ts'
import { ProgramSymbols } from '../../recorder/program-symbols.ts'
import { Tracefs } from '../../recorder/tracefs.ts'

const group = `td_test_${process.pid}`

/** Why these tests cannot run here, or false. */
function reason(): string | false {
  if (spawnSync('gcc', ['--version']).error) return 'gcc is not installed'
  try {
    const tracefs = Tracefs.find()
    if (!tracefs.exists('uprobe_events')) return 'this kernel has no uprobes'
    tracefs.append('uprobe_events', '')
    return false
  } catch (error) {
    return (error as Error).message
  }
}

const skip = reason()

function compile(t: Test, source: string, ...options: string[]): string {
  const folder = t.testdir({ 'prog.c': source })
  const program = `${folder}/prog`
  const { status, stderr } = spawnSync('gcc', [...options, '-o', program, `${folder}/prog.c`], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
  return program
}

interface Hit {
  readonly event: string
  readonly fields: Readonly<Record<string, string>>
}

interface Run {
  readonly status: number
  readonly hits: readonly Hit[]
}

/** Defines probes, runs a program with them, and returns what hit; tracefs is as before. */
async function trace(definitions: readonly string[], argv: readonly string[]): Promise<Run> {
  const tracefs = Tracefs.find()
  const journal = Journal.begin(tracefs)
  try {
    const requests = definitions.map((definition) => ({ kind: 'uprobe' as const, definition }))
    const plan = resolveProbes(requests, { takenGroups: readGroups(tracefs) })
    defineProbes(tracefs, journal, plan.probes)
    const instance = journal.createInstance(group)
    instance.write('tracing_on', '0')
    const command = startCommand({ argv })
    // Its launcher must be still: a malloc that it was in would have a return and no entry.
    await command.ready
    instance.write('set_event_pid', String(command.pid))
    instance.write(`events/${group}/enable`, '1')
    instance.write('tracing_on', '1')
    command.release()
    const status = await command.ended
    instance.write('tracing_on', '0')
    return { status, hits: parseHits(instance.read('trace')) }
  } finally {
    const { failed } = journal.restore()
    t.same(failed, [])
    t.notMatch(tracefs.read('uprobe_events'), `:${group}/`, 'no probe is left behind')
  }
}

/** `prog-12 [001] ..... 1.0: name: (0x1 <- 0x2) a=1 b="x"` */
function parseHits(text: string): Hit[] {
  return [...text.matchAll(/^ .*: (\w+): \(0x[^)]*\)(.*)$/gm)].map(([, event, rest]) => ({
    event: event!,
    fields: Object.fromEntries(
      [...rest!.matchAll(/(\w+)=("[^"]*"|\S+)/g)].map(([, name, value]) => [
        name!,
        value!.replace(/^"|"$/g, ''),
      ]),
    ),
  }))
}

/** Writes what it does to a file, one call a line, by system calls only. */
const LEDGER = String.raw`
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <fcntl.h>
#include <string.h>
static char text[1 << 16];
static size_t used;
int main(int argc, char **argv) {
  void *blocks[100];
  for (int i = 0; i < 100; i++) {
    blocks[i] = malloc(7000 + i);
    used += sprintf(text + used, "malloc %d %p\n", 7000 + i, blocks[i]);
  }
  for (int i = 0; i < 60; i++) {
    used += sprintf(text + used, "free %p\n", blocks[i]);
    free(blocks[i]);
  }
  for (int i = 0; i < 20; i++) {
    char name[64];
    sprintf(name, "/tmp/traceduck-none-%d", i);
    int fd = open(name, O_RDONLY);
    used += sprintf(text + used, "open %s %d\n", name, fd);
  }
  int out = open(argv[1], O_WRONLY | O_CREAT, 0600);
  return write(out, text, used) == (ssize_t) used ? 42 : 1;
}
`

t.test('malloc, free and open of the C library, hit by hit', { skip }, async (t) => {
  const program = compile(t, LEDGER, '-O0')
  const ledger = `${program}.ledger`
  const { status, hits } = await trace(
    [
      `p:${group}/malloc libc.so.6:malloc size=$arg1:u64 caller=$caller:x64`,
      `r:${group}/malloc_ret c:malloc ptr=$retval:x64`,
      `p:${group}/free c:free ptr=$arg1:x64`,
      `p:${group}/open c:open64 path=+0($arg1):string flags=$arg2:x32`,
      `r:${group}/open_ret c:open64 fd=$retval:s32`,
    ],
    [program, ledger],
  )
  t.equal(status, 42, "the command's own status")
  const said = spawnSync('cat', [ledger], { encoding: 'utf8' }).stdout.trim().split('\n')
  t.equal(said.length, 180)
  const of = (event: string): Hit[] => hits.filter((hit) => hit.event === event)
  const returned = of('malloc_ret').map(({ fields }) => fields.ptr)
  const mallocs = of('malloc')
    .map(({ fields }, index) => `malloc ${fields.size} ${returned[index]}`)
    .filter((line) => /^malloc 70\d\d /.test(line))
  t.same(
    mallocs,
    said.filter((line) => line.startsWith('malloc')),
  )
  const blocks = new Set(mallocs.map((line) => line.split(' ')[2]))
  const frees = of('free').filter(({ fields }) => blocks.has(fields.ptr))
  t.same(
    frees.map(({ fields }) => `free ${fields.ptr}`),
    said.filter((line) => line.startsWith('free')),
  )
  const results = of('open_ret').map(({ fields }) => fields.fd)
  const opens = of('open').map(({ fields }, index) => `open ${fields.path} ${results[index]}`)
  t.same(
    opens.filter((line) => line.includes('/tmp/traceduck-none-')),
    said.filter((line) => line.startsWith('open')),
  )
})

const FUNCTIONS = `
__attribute__((noinline)) long inner(int number, const char *text) {
  __asm__ volatile ("" : : "r" (text) : "memory");
  return number * 2L;
}
int main(void) {
  long sum = 0;
  for (int i = 0; i < 25; i++) sum += inner(i, i % 2 ? "odd" : "even");
  return sum == 600 ? 7 : 1;
}
`

const PROBES = (program: string): string[] => [
  `p:${group}/inner ${program}:inner number=$arg1:s32 text=+0($arg2):string`,
  `r:${group}/inner_ret ${program}:inner value=$retval:s64`,
]

function checkInner(t: Test, { status, hits }: Run): void {
  t.equal(status, 7)
  const entries = hits.filter(({ event }) => event === 'inner')
  t.same(
    entries.map(({ fields }) => [fields.number, fields.text]),
    Array.from({ length: 25 }, (_, i) => [String(i), i % 2 ? 'odd' : 'even']),
  )
  t.same(
    hits.filter(({ event }) => event === 'inner_ret').map(({ fields }) => fields.value),
    Array.from({ length: 25 }, (_, i) => String(2 * i)),
  )
}

t.test('a program at a fixed address: the offset is not the address', { skip }, async (t) => {
  const program = compile(t, FUNCTIONS, '-O1', '-no-pie')
  const elf = openElf(program)
  const [symbol] = findSymbols(elf, (name) => name === 'inner')
  elf.close()
  const { offset } = new ProgramSymbols(program).find('inner')
  t.not(BigInt(offset), symbol!.address)
  checkInner(t, await trace(PROBES(program), [program]))
})

t.test('a stripped program with its debug file', { skip }, async (t) => {
  const program = compile(t, FUNCTIONS, '-O1', '-g', '-Wl,--build-id')
  const objcopy = (...args: string[]): number | null => spawnSync('objcopy', args).status
  t.equal(objcopy('--only-keep-debug', program, `${program}.debug`), 0)
  t.equal(objcopy('--strip-all', `--add-gnu-debuglink=${program}.debug`, program), 0)
  const elf = openElf(program)
  t.notOk(hasSymbolTable(elf))
  elf.close()
  checkInner(t, await trace(PROBES(program), [program]))

  t.ok(new ProgramSymbols(program, []).has('inner'), 'found beside the program')
})

t.test('a debug file found by build id', { skip }, async (t) => {
  const program = compile(t, FUNCTIONS, '-O1', '-g', '-Wl,--build-id')
  const elf = openElf(program)
  const id = elf.buildId ?? ''
  elf.close()
  const root = `${program}-debug`
  mkdirSync(`${root}/.build-id/${id.slice(0, 2)}`, { recursive: true })
  const debug = `${root}/.build-id/${id.slice(0, 2)}/${id.slice(2)}.debug`
  spawnSync('objcopy', ['--only-keep-debug', program, debug])
  spawnSync('strip', [program])
  t.notOk(new ProgramSymbols(program).has('inner'))
  t.ok(new ProgramSymbols(program, [root]).has('inner'))
})

t.test('a debug file of another build is not taken', { skip }, async (t) => {
  const program = compile(t, FUNCTIONS, '-O1', '-g', '-Wl,--build-id=none')
  const copy = `${program}.debug`
  spawnSync('objcopy', ['--only-keep-debug', program, copy])
  spawnSync('objcopy', ['--strip-all', `--add-gnu-debuglink=${copy}`, program])
  t.ok(new ProgramSymbols(program).has('inner'), 'by checksum')
  writeFileSync(copy, '\0', { flag: 'a' })
  t.notOk(new ProgramSymbols(program).has('inner'), 'checksum differs')
  rmSync(copy)
  t.throws(() => new ProgramSymbols(program).find('inner'), { code: 'ERR_PROBE_SYMBOL' })
})

t.test('an IFUNC is refused', { skip }, async (t) => {
  const source = `
    static int one(void) { return 1; }
    static int (*resolve(void))(void) { return one; }
    int chosen(void) __attribute__((ifunc("resolve")));
    int main(void) { return chosen() - 1; }
  `
  const program = compile(t, source)
  t.throws(() => new ProgramSymbols(program).find('chosen'), { code: 'ERR_PROBE_IFUNC' })
  t.ok(new ProgramSymbols(program).has('resolve'))
})
