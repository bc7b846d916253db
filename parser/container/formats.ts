/**
 * The bodies that version 6 files hold in sequence and version 7 files in sections of their own.
 * Authority: trace-cmd.dat.v7(5), trace-cmd 3.4.
 *
 *   header info      "header_page\0" u64 n, n bytes, "header_event\0" u64 n, n bytes
 *   ftrace formats   u32 count, count times { u64 n, n bytes }
 *   event formats    u32 systems, per system { z name, u32 events, per event { u64 n, n bytes } }
 */
import type { Cursor } from './cursor.ts'
import type { StoredFormat } from './types.ts'

/** Reads the header info body and returns the text of `events/header_page`, '' when empty. */
export function readHeaderInfo(cursor: Cursor): string {
  expectName(cursor, 'header_page')
  const text = cursor.text(cursor.size('length of header_page'), 'header_page')
  expectName(cursor, 'header_event')
  cursor.skip(cursor.size('length of header_event'), 'header_event')
  return text
}

/** Appends the formats of the `ftrace` system to `formats`. */
export function readFtraceFormats(cursor: Cursor, formats: StoredFormat[]): void {
  const count = cursor.count('ftrace formats')
  for (let i = 0; i < count; i++) formats.push(readFormat(cursor, 'ftrace'))
}

/** Appends the formats of all other systems to `formats`. */
export function readEventFormats(cursor: Cursor, formats: StoredFormat[]): void {
  const systems = cursor.count('event systems')
  for (let i = 0; i < systems; i++) {
    const system = cursor.string('name of an event system')
    const count = cursor.count(`events of ${system}`)
    for (let j = 0; j < count; j++) {
      if (formats.length >= cursor.limits.maxEntries) {
        throw cursor.error('ERR_TRACE_LIMIT', `more than ${formats.length} event formats`)
      }
      formats.push(readFormat(cursor, system))
    }
  }
}

function readFormat(cursor: Cursor, system: string): StoredFormat {
  const length = cursor.size(`length of a format of ${system}`)
  const offset = cursor.place
  return { system, text: cursor.text(length, `a format of ${system}`), offset }
}

function expectName(cursor: Cursor, name: string): void {
  const found = cursor.string(name, 32)
  if (found !== name) throw cursor.error('ERR_TRACE_SECTION', `'${found}' instead of '${name}'`)
}
