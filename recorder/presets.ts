/** Presets: a question's events, probes and options, as far as this kernel has them. */
import { readFileSync } from 'node:fs'
import { TraceError } from '../parser/error.ts'
import { availableEvents, matchEvents } from './event-select.ts'
import type { Journal } from './journal.ts'
import { findBinary, type LibrarySearch } from './libraries.ts'
import { COMMON_EVENTS, PRESETS, type PresetEntry } from './preset-table.ts'
import { ProgramSymbols } from './program-symbols.ts'
import { chooseStringProbes, type StringSource, type StringSources } from './string-probes.ts'
import type { Tracefs } from './tracefs.ts'
import type { ProbeRequest } from './types.ts'

/** What this kernel and its C library offer to presets. */
export interface Capabilities extends StringSources {
  /** `system:event`, each. */
  readonly events: readonly string[]
}

/** A preset, or several together, on one kernel. */
export interface ResolvedPreset {
  readonly names: readonly string[]
  readonly summary: string
  /** `system:event` to enable, each once, sorted. */
  readonly events: readonly string[]
  readonly probes: readonly ProbeRequest[]
  /** KB per CPU to ask for at least, undefined for the kernel's own. */
  readonly bufferKb: number | undefined
  /** What a filter by pid would do to the answer. */
  readonly pidFilter: 'never' | 'wanted' | 'free'
  /** Sources of the paths, most used first; empty where no paths are wanted. */
  readonly strings: readonly StringSource[]
  /** What is not recorded here, and why: sentences for the user. */
  readonly notices: readonly string[]
}

/** Names of all presets, in the order they are listed. */
export function presetNames(): string[] {
  return Object.keys(PRESETS)
}

/** What one preset would record here. Throws `ERR_USAGE` when there is no such preset. */
export function resolvePreset(name: string, machine: Capabilities): ResolvedPreset {
  const preset = Object.hasOwn(PRESETS, name) ? PRESETS[name] : undefined
  if (preset === undefined) {
    throw new TraceError('ERR_USAGE', `there is no preset '${name}'`, {
      hint: `presets: ${presetNames().join(', ')}`,
    })
  }
  const notices: string[] = []
  const calls = findCalls(preset, machine, notices)
  const named = findEvents([...COMMON_EVENTS, ...(preset.events ?? [])], machine, notices)
  const optional = (preset.optional ?? []).flatMap((event) => matchEvents(machine.events, event))
  const events = [...named, ...optional, ...calls.flatMap(callEvents)]
  const strings = preset.strings ? findStrings(calls, machine, notices) : { probes: [], used: [] }
  return {
    names: [name],
    summary: preset.summary,
    events: [...new Set(events)].filter((event) => machine.events.includes(event)).sort(),
    probes: [...strings.probes, ...findProbes(preset, machine, notices)],
    bufferKb: preset.bufferKb,
    pidFilter: preset.pidFilter ?? 'free',
    strings: strings.used,
    notices: notices.map((notice) => `${name}: ${notice}`),
  }
}

/** Several presets as one. Throws `ERR_USAGE` when one does not exist. */
export function resolvePresets(names: readonly string[], machine: Capabilities): ResolvedPreset {
  const presets = [...new Set(names)].map((name) => resolvePreset(name, machine))
  const probes = new Map(
    presets.flatMap((preset) => preset.probes).map((probe) => [probe.definition, probe]),
  )
  const buffers = presets.flatMap(({ bufferKb }) => bufferKb ?? [])
  const filters = presets.map(({ pidFilter }) => pidFilter)
  return {
    names: presets.flatMap((preset) => preset.names),
    summary: presets.map(({ summary }) => summary).join('; '),
    events: [...new Set(presets.flatMap(({ events }) => events))].sort(),
    probes: [...probes.values()],
    bufferKb: buffers.length > 0 ? Math.max(...buffers) : undefined,
    pidFilter: (['never', 'wanted'] as const).find((kind) => filters.includes(kind)) ?? 'free',
    strings: [...new Set(presets.flatMap(({ strings }) => strings))],
    notices: [...new Set(presets.flatMap(({ notices }) => notices))],
  }
}

/** What a pid filter together with these presets means for the recording, undefined if nothing. */
export function pidFilterNotice(preset: ResolvedPreset, filtered: boolean): string | undefined {
  const names = preset.names.join(', ')
  if (filtered && preset.pidFilter === 'never') {
    return `${names}: a filter by pid leaves out what other tasks and interrupts do for this one`
  }
  if (!filtered && preset.pidFilter === 'wanted') {
    return `${names}: the probes record every process of the machine; -P or -F keeps to one`
  }
  return undefined
}

const ENTER = 'syscalls:sys_enter_'

function findCalls(preset: PresetEntry, machine: Capabilities, notices: string[]): string[] {
  const missing: string[] = []
  const calls = (preset.calls ?? []).flatMap((call) => {
    const found = matchEvents(machine.events, `${ENTER}${call}`)
    if (found.length === 0) missing.push(call)
    return found.map((event) => event.slice(ENTER.length))
  })
  if (missing.length > 0) notices.push(`this kernel has no call ${missing.join(', ')}`)
  return [...new Set(calls)]
}

function callEvents(call: string): string[] {
  return [`${ENTER}${call}`, `syscalls:sys_exit_${call}`]
}

function findEvents(
  patterns: readonly string[],
  machine: Capabilities,
  notices: string[],
): string[] {
  const missing: string[] = []
  const events = patterns.flatMap((pattern) => {
    const found = matchEvents(machine.events, pattern)
    if (found.length === 0) missing.push(pattern)
    return found
  })
  if (missing.length > 0) notices.push(`this kernel has no event ${missing.join(', ')}`)
  return events
}

const PLACE = /^\S+ ([^:\s]+):(\S+)/

function findProbes(preset: PresetEntry, machine: Capabilities, notices: string[]): ProbeRequest[] {
  if (preset.probes === undefined) return []
  if (!machine.uprobes) {
    notices.push('this kernel has no uprobes, which it records functions of programs with')
    return []
  }
  const missing: string[] = []
  const probes = preset.probes.flatMap((choices): ProbeRequest[] => {
    const definition = choices.find((text) => {
      const [, file = '', name = ''] = PLACE.exec(text) ?? []
      return machine.hasFunction(file, name)
    })
    if (definition !== undefined) return [{ kind: 'uprobe', definition }]
    missing.push(PLACE.exec(choices[0]!)?.[2] ?? choices[0]!)
    return []
  })
  if (missing.length > 0) {
    notices.push(`the C library has no function ${[...new Set(missing)].join(', ')}`)
  }
  return probes
}

function findStrings(
  calls: readonly string[],
  machine: Capabilities,
  notices: string[],
): { probes: readonly ProbeRequest[]; used: StringSource[] } {
  const { probes, sources, unknown } = chooseStringProbes(calls, machine)
  const without = [...sources].filter(([, source]) => source === 'none').map(([call]) => call)
  if (without.length > 0) notices.push(`no names from the calls ${without.join(', ')}`)
  if (unknown.length > 0) {
    notices.push(`no names from ${unknown.join(', ')}: install the debug symbols of libc`)
  }
  const counts = new Map<StringSource, number>()
  for (const source of sources.values()) counts.set(source, (counts.get(source) ?? 0) + 1)
  counts.delete('none')
  return { probes, used: [...counts].sort((a, b) => b[1] - a[1]).map(([source]) => source) }
}

/**
 * Finds out what this kernel offers. What the kernel says of itself is not believed: a probe of each
 * kind is defined, never enabled, and removed again.
 */
export function readCapabilities(
  tracefs: Tracefs,
  journal: Journal,
  search: LibrarySearch & { readonly debugRoots?: readonly string[] } = {},
): Capabilities {
  const programs = new Map<string, ProgramSymbols | undefined>()
  const group = `td_try_${process.pid}`
  const kprobe = `p:${group}/k schedule`
  const eprobe = `e:${group}/e sched.sched_switch p=$prev_pid:s32`
  const uprobe = `p:${group}/u /proc/self/exe:0x0`
  let symbols: string | undefined
  return {
    events: availableEvents(tracefs.top),
    callFormat: (call) => tracefs.top.tryRead(`events/syscalls/sys_enter_${call}/format`),
    kprobes: canDefine(tracefs, journal, 'kprobe_events', kprobe),
    eprobes: canDefine(tracefs, journal, 'dynamic_events', eprobe),
    uprobes: canDefine(tracefs, journal, 'uprobe_events', uprobe),
    hasKernelFunction(name) {
      symbols ??= readKallsyms()
      return symbols.includes(` ${name}\n`)
    },
    hasFunction(file, name) {
      if (!programs.has(file)) programs.set(file, openSymbols(file, search))
      return programs.get(file)?.has(name) ?? false
    },
  }
}

function canDefine(tracefs: Tracefs, journal: Journal, file: string, line: string): boolean {
  const undo = `-:${line.split(' ')[0]!.slice(2)}\n`
  try {
    journal.add(tracefs.top, file, `${line}\n`, undo)
    tracefs.top.append(file, undo)
    return true
  } catch {
    return false
  }
}

function readKallsyms(): string {
  try {
    return readFileSync('/proc/kallsyms', 'utf8')
  } catch {
    return ''
  }
}

function openSymbols(
  file: string,
  search: LibrarySearch & { readonly debugRoots?: readonly string[] },
): ProgramSymbols | undefined {
  try {
    return new ProgramSymbols(findBinary(file, search), search.debugRoots)
  } catch (error) {
    if (error instanceof TraceError) return undefined
    throw error
  }
}
