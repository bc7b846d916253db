/**
 * What has to be written to a control file so that it reads as it did. Most files take what they
 * print; those here do not. Authority: kernel/trace/trace.c, trace_events.c, trace_events_filter.c.
 */

/** The text that restores a file which reads `text`; undefined when one write cannot. */
export function restorable(path: string, text: string): string | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const value = text.trimEnd()
  switch (name) {
    case 'trace_clock':
    case 'timestamp_mode':
      return /\[([^\]]+)\]/.exec(value)?.[1] ?? value
    case 'filter':
      return value === 'none' || value.includes('\nparse_error:') ? '0' : value
    case 'enable':
      return /^[01]\*?$/.test(value) ? value.slice(0, 1) : undefined
    case 'buffer_size_kb':
      return bufferSize(value)
    default:
      return value
        .split('\n')
        .filter((line) => !line.startsWith('#') && line !== 'no pid')
        .join('\n')
  }
}

/**
 * `7 (expanded: 1408)` is a buffer that nobody has used yet. Its first use expands it for good, and
 * nothing shrinks it again to "not yet used".
 */
function bufferSize(value: string): string | undefined {
  const expanded = /\(expanded: (\d+)\)/.exec(value)?.[1]
  if (expanded !== undefined) return expanded
  return /^\d+$/.test(value) ? value : undefined
}
