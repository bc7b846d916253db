/** Time that functions took themselves, without those they called, by the stack of their callers. */
import type { TraceDatabase } from '../../parser/sink/duckdb/database.ts'
import { readFunctionCalls } from './function-calls.ts'
import type { Frame, WeighedStack } from './stack.ts'

interface OpenCall {
  readonly frame: Frame
  readonly depth: number
  readonly end: bigint | null
  /** Its time, less that of the calls it made. */
  own: bigint
}

/** Reads the stacks, one for each call that took time of its own. */
export async function* readFunctionStacks(database: TraceDatabase): AsyncGenerator<WeighedStack> {
  const open: OpenCall[] = []
  let thread: string | undefined
  let task: Frame = { name: '', kind: 'task' }
  function* leave(until: (call: OpenCall) => boolean): Generator<WeighedStack> {
    while (open.length > 0 && !until(open.at(-1)!)) {
      const { own } = open.at(-1)!
      if (own > 0n) yield { frames: [task, ...open.map(({ frame }) => frame)], weight: own }
      open.pop()
    }
  }
  for await (const call of readFunctionCalls(database)) {
    if (call.thread !== thread) yield* leave(() => false)
    // A call whose return is not known lasts until one at its depth or above begins.
    yield* leave(({ depth, end }) => depth < call.depth && (end === null || end > call.ts))
    if (call.thread !== thread) {
      thread = call.thread
      task = { name: call.comm, kind: 'task' }
    }
    const caller = open.at(-1)
    if (caller && caller.end !== null) caller.own -= call.time
    const frame: Frame = { name: call.name, kind: 'kernel' }
    open.push({ frame, depth: call.depth, end: call.end, own: call.time })
  }
  yield* leave(() => false)
}
