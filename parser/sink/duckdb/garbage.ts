/**
 * Array buffers that nobody uses are freed by the garbage collector, which runs when JavaScript needs memory and not
 * when DuckDB does: while a long statement runs nothing of what the phase before it left would ever be freed.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

let collect: (() => void) | undefined

/** Frees what the JavaScript of this thread no longer uses: some 30 ms, between one phase of the work and the next. */
export function collectGarbage(): void {
  if (!collect) {
    // The function is in contexts that are made while the flag is set.
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as () => void
    setFlagsFromString('--no-expose-gc')
  }
  collect()
}
