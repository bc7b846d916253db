/**
 * tracefs `saved_cmdlines`: lines `<pid> <comm>`, where comm is the rest of the line, blanks and
 * all. Authority: kernel `kernel/trace/trace_sched_switch.c` (saved_cmdlines_show).
 */
import { decodeText } from './text.ts'

/** Most names that are kept; the kernel's table has at most PID_MAX_LIMIT entries. */
export const MAX_CMDLINES: number = 1 << 22

/** Bytes of a name that are kept; the kernel's have at most 15. */
const MAX_NAME = 256

/**
 * Thread ids and the names the kernel remembered when the recording stopped; lines without a
 * number are skipped. Pid 0 is never listed. A later line for the same thread wins.
 */
export function parseSavedCmdlines(bytes: Uint8Array): Map<number, string> {
  const names = new Map<number, string>()
  eachSavedCmdline(bytes, (pid, start, end) => names.set(pid, decodeText(bytes, start, end)))
  return names
}

/** The same as places in `bytes`, for those who want names as they are. */
export function eachSavedCmdline(
  bytes: Uint8Array,
  take: (pid: number, start: number, end: number) => void,
): void {
  let at = 0
  for (let lines = 0; at < bytes.length && lines < MAX_CMDLINES; lines++) {
    const newline = bytes.indexOf(0x0a, at)
    const end = newline < 0 ? bytes.length : newline
    readLine(bytes, at, end, take)
    at = end + 1
  }
}

function readLine(
  bytes: Uint8Array,
  start: number,
  end: number,
  take: (pid: number, start: number, end: number) => void,
): void {
  let at = start
  while (at < end && bytes[at] === 0x20) at++
  const digits = at
  let pid = 0
  while (at < end && at < digits + 10 && isDigit(bytes[at]!)) pid = pid * 10 + bytes[at++]! - 0x30
  if (at === digits || bytes[at] !== 0x20 || at >= end || pid >= 2 ** 31) return
  take(pid, at + 1, Math.min(end, at + 1 + MAX_NAME))
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}
