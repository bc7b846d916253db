/**
 * Cuts the text of `trace-cmd report -R -t` into one entry an event. Values may hold newlines and
 * anything that looks like a field, so an entry ends only where the next head begins.
 *
 *     [BUFFER: ]           COMM-PID   [CPU]-0xFLAGS    SEC.NS: EVENT:   field=value …
 *     CPU:0 [2944 EVENTS DROPPED]                      (before the first event after a gap)
 */

/** One event's text. */
export interface RawEntry {
  /** False for an event whose format the reference could not parse; then only the order is known. */
  readonly known: boolean
  /** Everything up to the thread's pid: buffer prefix, blanks and comm. */
  readonly lead: string
  readonly pid: number
  readonly cpu: number
  /** From the digits of the flags on: `0   12.000000001: sched_switch:  prev_comm=…`. */
  readonly rest: string
  /** What stood before it about lost events: 0 nothing, -1 no number. */
  readonly dropped: number
}

const HEAD = /^(.*?)-(-?\d+) +\[(\d{3,})\]-0x/
const UNKNOWN = '[UNKNOWN EVENT]'
const DROPPED = /^ *CPU:\d+ \[(?:(\d+) )?EVENTS DROPPED\]$/

/** All entries, in the order of the text. */
export const splitRawText = (text: string): RawEntry[] => {
  const entries: { -readonly [K in keyof RawEntry]: RawEntry[K] }[] = []
  let dropped = 0
  for (const line of text.replace(/\n$/, '').split('\n')) {
    const head = HEAD.exec(line)
    const unknown = line.startsWith(UNKNOWN)
    const loss = DROPPED.exec(line)
    if (entries.length === 0 && /^cpus=\d+$/.test(line)) continue
    if (loss) dropped = loss[1] === undefined ? -1 : Number(loss[1])
    else if (head || unknown) {
      entries.push({
        known: !unknown,
        lead: head?.[1] ?? '',
        pid: Number(head?.[2] ?? -1),
        cpu: Number(head?.[3] ?? -1),
        rest: line.slice(head?.[0].length ?? 0),
        dropped,
      })
      dropped = 0
    } else {
      const last = entries.at(-1)
      if (last) last.rest += `\n${line}`
    }
  }
  return entries
}
