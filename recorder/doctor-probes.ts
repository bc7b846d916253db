/** Trials of probes: each is defined, enabled, hit where that is possible, and removed. */
import { spawnSync } from 'node:child_process'
import { closeSync, copyFileSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileOffset, openElf } from '../elf/elf.ts'
import { TraceError } from '../parser/error.ts'
import { countLines } from './doctor-events.ts'
import { type DoctorCheck, type TrialPlace, tryOut } from './doctor-trial.ts'

const GROUP = `td_doctor_${process.pid}`
const BUILD = 'needs a kernel built with'

/** All kinds of probes. */
export function tryProbes(place: TrialPlace): DoctorCheck[] {
  const group = 'probes'
  return [
    tryOut({
      id: 'uprobes',
      group,
      remedy: `${BUILD} CONFIG_UPROBE_EVENTS`,
      run: () => withProgram((program) => hitProbe(place, 'p', program)),
    }),
    tryOut({
      id: 'uretprobes',
      group,
      remedy: `${BUILD} CONFIG_UPROBE_EVENTS`,
      run: () => withProgram((program) => defineUprobe(place, 'r', program, '$retval')),
    }),
    tryOut({
      id: 'kprobes',
      group,
      remedy: `${BUILD} CONFIG_KPROBE_EVENTS, and lockdown off; use events or uprobes instead`,
      run: () => {
        enableProbe(place, 'kprobe_events', 'kprobe', (name) => `p:${name} schedule`)
        return 'functions of the kernel can be probed'
      },
    }),
    tryOut({
      id: 'eprobes',
      group,
      remedy: 'needs Linux 5.15 or later, built with event probes; use uprobes instead',
      run: () => {
        const event = 'sched/sched_switch'
        enableProbe(
          place,
          'dynamic_events',
          'eprobe',
          (name) => `e:${name} ${event} p=$prev_pid:s32`,
        )
        return 'events can be probed for strings and memory'
      },
    }),
  ]
}

/** A program of our own, so that no other process runs into the probe. */
function withProgram(action: (program: string) => string): string {
  const folder = mkdtempSync(join(tmpdir(), 'traceduck-doctor-'))
  try {
    const program = join(folder, 'true')
    copyFileSync('/bin/true', program)
    return action(program)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Where in the file a program begins to run. */
function entryOffset(program: string): number {
  const elf = openElf(program)
  try {
    const head = Buffer.alloc(32)
    const fd = openSync(program, 'r')
    readSync(fd, head)
    closeSync(fd)
    const at = elf.littleEndian ? head.readBigUInt64LE(24) : head.readBigUInt64BE(24)
    const narrow = elf.littleEndian ? head.readUInt32LE(24) : head.readUInt32BE(24)
    const found = fileOffset(elf, elf.wide ? at : BigInt(narrow))
    if (found) return found.offset
  } finally {
    elf.close()
  }
  throw new TraceError('ERR_RECORD_UNSUPPORTED', `${program} has no entry to probe`)
}

function uprobeLine(kind: 'p' | 'r', name: string, program: string, value: string): string {
  return `${kind}:${name} ${program}:0x${entryOffset(program).toString(16)} ${value}`.trimEnd()
}

function defineUprobe(place: TrialPlace, kind: 'p' | 'r', program: string, value: string): string {
  const name = kind === 'p' ? 'uprobe' : 'uretprobe'
  enableProbe(place, 'uprobe_events', name, (full) =>
    uprobeLine(kind, full, program, `v=${value}:u64`),
  )
  return 'values that functions return can be recorded'
}

function hitProbe({ instance, ...place }: TrialPlace, kind: 'p', program: string): string {
  let hits = 0
  enableProbe(
    { instance, ...place },
    'uprobe_events',
    'uprobe',
    (full) => uprobeLine(kind, full, program, ''),
    () => {
      instance.write('trace', '')
      instance.write('tracing_on', '1')
      const done = spawnSync(program)
      instance.write('tracing_on', '0')
      if (done.error) throw done.error
      hits = countLines(instance)
    },
  )
  if (hits > 0) return 'functions of programs can be probed; a probe was hit'
  throw new TraceError(
    'ERR_RECORD_UNSUPPORTED',
    'a probe was set and hit, and nothing was recorded',
  )
}

/** Defines a probe, enables it in the trial's instance, disables and removes it. */
function enableProbe(
  { tracefs, instance, journal }: TrialPlace,
  file: string,
  event: string,
  line: (name: string) => string,
  whileEnabled: () => void = () => {},
): void {
  const name = `${GROUP}/${event}`
  journal.add(tracefs, file, line(name), `-:${name}`)
  try {
    instance.write(`events/${name}/enable`, '1')
    whileEnabled()
  } finally {
    if (instance.exists(`events/${name}/enable`)) instance.write(`events/${name}/enable`, '0')
    tracefs.append(file, `-:${name}`)
  }
}
