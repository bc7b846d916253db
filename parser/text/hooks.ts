/** Lines about the hooks that a recording was made with (`record -H`), before everything else. */
import type { TraceOption } from '../container/types.ts'

const HOOK = /^(?:([^:,/]*):)?([^:,/]+),([^,/]+)(?:,([^,/]+))?\/(?:([^:,/]*):)?([^:,/]+),([^,/]+)/

/** One line a hook. */
export function hookLines(options: readonly TraceOption[]): string {
  const hooks = options.filter(({ name }) => name === 'HOOK')
  return hooks.map(({ payload }) => hookLine(textOf(payload))).join('')
}

function textOf(payload: Uint8Array): string {
  return Buffer.from(payload).toString('latin1').replace(/\0.*$/s, '')
}

function hookLine(text: string): string {
  const match = HOOK.exec(text)
  if (!match) return ''
  const [, startSystem, start, startMatch, pid, endSystem, end, endMatch] = match
  const or = (word: string | undefined): string => word ?? '(null)'
  return (
    `start ${or(startSystem)}:${start}:${startMatch} (${or(pid)}) ` +
    `end ${or(endSystem)}:${end}:${endMatch} (${or(undefined)})\n`
  )
}
