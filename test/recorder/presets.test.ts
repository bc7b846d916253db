import t from 'tap'
import { Journal } from '../../recorder/journal.ts'
import { COMMON_EVENTS } from '../../recorder/preset-table.ts'
import {
  type Capabilities,
  pidFilterNotice,
  presetNames,
  readCapabilities,
  resolvePreset,
  resolvePresets,
} from '../../recorder/presets.ts'
import { parseProbe } from '../../recorder/probe-definition.ts'
import { defineProbes, readGroups, resolveProbes } from '../../recorder/probes.ts'
import { Tracefs } from '../../recorder/tracefs.ts'

const CALLS = ['open', 'openat', 'execve', 'close', 'connect', 'socket', 'write', 'rename']
const FORMATS: Readonly<Record<string, string>> = {
  open: 'field:const char * filename;\toffset:16;\n',
  openat: 'field:int dfd;\toffset:16;\n\tfield:const char * filename;\toffset:24;\n',
  execve: 'field:const char * filename;\n\tfield:const char *const * argv;\n',
  rename: 'field:const char * oldname;\n\tfield:const char * newname;\n',
  write: 'field:unsigned int fd;\n\tfield:const char * buf;\n',
}

/** A made-up machine. */
function machine(more: Partial<Capabilities> = {}): Capabilities {
  return {
    events: [
      ...COMMON_EVENTS,
      ...CALLS.flatMap((call) => [`syscalls:sys_enter_${call}`, `syscalls:sys_exit_${call}`]),
      ...['kmem:kmalloc', 'kmem:kfree', 'net:net_dev_queue', 'tcp:tcp_probe', 'signal:x'],
    ],
    callFormat: (call) => FORMATS[call],
    eprobes: false,
    kprobes: false,
    uprobes: true,
    hasKernelFunction: () => false,
    hasFunction: () => true,
    ...more,
  }
}

t.test('every preset resolves on a poor machine, and says what is missing', async (t) => {
  const poor = machine({ events: [], uprobes: false })
  for (const name of presetNames()) {
    const preset = resolvePreset(name, poor)
    t.same(preset.events, [], name)
    t.same(preset.probes, [])
    t.ok(
      preset.notices.some((notice) => notice.includes('sched:sched_process_exec')),
      `${name}: ${preset.notices[0]}`,
    )
    t.ok(preset.notices.every((notice) => notice.startsWith(`${name}: `)))
  }
  t.throws(() => resolvePreset('constructor', poor), { code: 'ERR_USAGE', hint: /syscalls, / })
})

t.test('who is who is part of every preset', async (t) => {
  for (const name of presetNames()) {
    const { events } = resolvePreset(name, machine())
    t.same(
      COMMON_EVENTS.filter((event) => !events.includes(event)),
      [],
      name,
    )
  }
})

t.test('what older kernels never had is no notice', async (t) => {
  const { events, notices, bufferKb } = resolvePreset('memory', machine())
  t.ok(events.includes('kmem:kmalloc'))
  t.notMatch(notices.join(), /kmalloc_node/)
  t.match(notices.join(), /mm_page_alloc/)
  t.equal(bufferKb, 8192)
})

t.test('names of paths come from the best source there is', async (t) => {
  const strings = (more: Partial<Capabilities>) => resolvePreset('files', machine(more))
  const inEvents = strings({
    callFormat: (call) => {
      const format = FORMATS[call]
      return format && `${format}\tfield:__data_loc char[] __filename_val;\n`
    },
  })
  t.same(inEvents.probes, [], 'the events hold them')
  t.same(inEvents.strings, ['event'])

  const eprobes = strings({ eprobes: true, kprobes: true, hasKernelFunction: () => true })
  t.same(eprobes.strings, ['eprobe'])
  t.same(
    eprobes.probes.map(({ definition }) => definition),
    [
      'e:td/open syscalls/sys_enter_open path=+0($filename):ustring pathp=$filename:x64',
      'e:td/openat syscalls/sys_enter_openat path=+0($filename):ustring pathp=$filename:x64',
      'e:td/execve syscalls/sys_enter_execve path=+0($filename):ustring pathp=$filename:x64',
      'e:td/rename syscalls/sys_enter_rename path=+0($oldname):ustring pathp=$oldname:x64 ' +
        'path2=+0($newname):ustring path2p=$newname:x64',
    ],
  )

  const kprobes = strings({ kprobes: true, hasKernelFunction: (name) => name === 'do_sys_openat2' })
  t.same(kprobes.strings, ['kprobe', 'uprobe'])
  t.equal(kprobes.probes.filter(({ kind }) => kind === 'kprobe').length, 1)
  t.notOk(kprobes.probes.some(({ definition }) => definition.startsWith('p:td/open c:')))

  const uprobes = strings({})
  t.same(uprobes.strings, ['uprobe'])
  const old = strings({ hasFunction: (_, name) => !/nocancel|64$/.test(name) })
  t.match(old.notices.join(), /__openat64_nocancel.*debug symbols/)
  t.ok(old.probes.some(({ definition }) => definition.startsWith('p:td/open c:open path=')))

  const nothing = strings({ uprobes: false })
  t.same(nothing.strings, [])
  t.match(nothing.notices.join(), /no names from the calls open, openat, execve, rename/)
})

t.test('with debug symbols one function stands for all aligned allocations', async (t) => {
  const definitions = (has: (name: string) => boolean): string =>
    resolvePreset('malloc', machine({ hasFunction: (_, name) => has(name) }))
      .probes.map(({ definition }) => definition)
      .join('\n')
  t.match(
    definitions(() => true),
    /_mid_memalign/,
  )
  t.notMatch(
    definitions(() => true),
    /aligned_alloc/,
  )
  t.match(
    definitions((name) => !name.startsWith('_')),
    /p:td\/aligned_alloc c:aligned_alloc/,
  )
})

t.test('presets together', async (t) => {
  const both = resolvePresets(['files', 'memory', 'malloc', 'sched', 'files'], machine())
  t.same(both.names, ['files', 'memory', 'malloc', 'sched'])
  t.equal(both.bufferKb, 8192)
  t.equal(both.pidFilter, 'never', 'losing events is worse than having too many')
  t.equal(new Set(both.events).size, both.events.length)
  t.equal(new Set(both.probes.map((p) => p.definition)).size, both.probes.length)
  t.match(pidFilterNotice(both, true), /leaves out/)
  t.equal(pidFilterNotice(both, false), undefined)
  const malloc = resolvePresets(['malloc'], machine())
  t.match(pidFilterNotice(malloc, false), /-P or -F/)
  t.equal(pidFilterNotice(malloc, true), undefined)
})

t.test('every definition of every preset parses', async (t) => {
  const all = resolvePresets(presetNames(), machine())
  const events = all.probes.map((probe) => parseProbe(probe).event)
  t.ok(events.length > 20)
  t.equal(new Set(events).size, events.length, 'no two have one name')
})

/** Why the live part cannot run here, or false. */
function reason(): string | false {
  try {
    Tracefs.find().append('uprobe_events', '')
    return false
  } catch (error) {
    return (error as Error).message
  }
}

t.test('every preset on this kernel: all it names is there', { skip: reason() }, async (t) => {
  const tracefs = Tracefs.find()
  const journal = Journal.begin(tracefs)
  try {
    const here = readCapabilities(tracefs, journal)
    for (const name of presetNames()) {
      const preset = resolvePreset(name, here)
      const missing = preset.events.filter(
        (event) => !tracefs.exists(`events/${event.replace(':', '/')}/enable`),
      )
      t.same(missing, [], `${name}: ${preset.events.length} events`)
      t.ok(preset.events.length + preset.probes.length > 5)
    }
    const all = resolvePresets(['malloc', 'dns', 'files'], here)
    const context = { takenGroups: readGroups(tracefs) }
    const { probes } = resolveProbes(
      all.probes.map(({ kind, definition }) => ({
        kind,
        definition: definition.replace(':td/', `:td_presets_${process.pid}/`),
      })),
      context,
    )
    defineProbes(tracefs, journal, probes)
    const instance = journal.createInstance(`td_presets_${process.pid}`)
    instance.write('tracing_on', '0')
    for (const group of new Set(probes.map(({ group }) => group))) {
      instance.write(`events/${group}/enable`, '1')
      t.equal(instance.read(`events/${group}/enable`).trim(), '1', 'all of them are enabled')
    }
  } finally {
    t.same(journal.restore().failed, [])
    t.notMatch(tracefs.read('uprobe_events'), `:td_presets_${process.pid}/`, 'none is left behind')
  }
})
