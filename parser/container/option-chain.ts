/**
 * The chain of options sections of a version 7 file: each ends with the offset of the next.
 * Where a link is broken or loops, options sections found by walking the file take its place.
 */
import { TraceError } from '../error.ts'
import type { ContainerContext } from './context.ts'
import { OPTION, readOptions } from './options.ts'
import { openSection, readSection, scanSections } from './sections.ts'
import type { TraceOption } from './types.ts'

/** All options of a file, in the order of the chain. */
export interface OptionChain {
  readonly options: TraceOption[]
  /** False when a link led nowhere. */
  readonly complete: boolean
  /** What was wrong with the chain. */
  readonly problem: TraceError | undefined
}

/** Reads the chain; a broken one is reported and completed from the sections that can be found. */
export function readOptionChain(context: ContainerContext): OptionChain {
  const options: TraceOption[] = []
  const visited = new Set<number>()
  const problem = followChain(context, options, visited)
  if (!problem) return { options, complete: true, problem }
  const at = { offset: problem.where?.offset ?? -1 }
  context.diagnostics.report(problem.code, 'data_loss', problem.message, at)
  for (const section of scanSections(context, context.head.end)) {
    if (section.id !== OPTION.done || visited.has(section.offset)) continue
    visited.add(section.offset)
    readList(context, section.offset, options)
  }
  return { options, complete: false, problem }
}

function followChain(
  context: ContainerContext,
  options: TraceOption[],
  visited: Set<number>,
): TraceError | undefined {
  let offset = context.head.optionsOffset
  if (offset === 0) return broken(context, 0, 'the file was never finished: it names no options')
  while (offset !== 0) {
    if (visited.has(offset)) return broken(context, offset, 'the chain of options loops')
    if (offset >= context.source.size) {
      const size = context.source.size
      const text = `options should be at ${offset}, but the file ends at ${size}`
      return broken(context, offset, text, 'ERR_TRACE_TRUNCATED')
    }
    visited.add(offset)
    const next = readList(context, offset, options)
    if (next instanceof TraceError) return next
    offset = next
  }
  return undefined
}

/** Reads one options section; returns the next one's offset, or what is wrong. */
function readList(
  context: ContainerContext,
  offset: number,
  options: TraceOption[],
): number | TraceError {
  try {
    const section = readSection(context, offset)
    if (section.id !== OPTION.done) {
      return broken(context, offset, `section ${section.id} where options should be`)
    }
    return readOptions(openSection(context, section), 7, options, context.diagnostics)
  } catch (cause) {
    if (cause instanceof TraceError) return cause
    throw cause
  }
}

function broken(
  context: ContainerContext,
  offset: number,
  text: string,
  code: 'ERR_TRACE_OPTION' | 'ERR_TRACE_TRUNCATED' = 'ERR_TRACE_OPTION',
): TraceError {
  const where = { file: context.source.name, offset }
  const hint = 'copy the file again; what was found before this point is still used'
  return new TraceError(code, text, { where, hint })
}
