/** How many terminal cells a text takes, and text made safe to print on one. */

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u
const NO_WIDTH = /\p{Mn}|\p{Me}|[\u200b\u200c]|\u200d/u
const PLAIN = /^[\x20-\x7e]*$/
/** Control characters, and those that reorder or hide text on a terminal. */
const CONTROL = /[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu

/** Terminal cells of a text that has no control characters. */
export function displayWidth(text: string): number {
  if (PLAIN.test(text)) return text.length
  let width = 0
  for (const char of text) width += charWidth(char)
  return width
}

/** Pads to `width` cells, or cuts with a final `…`; right-aligned when `right`. */
export function padDisplay(text: string, width: number, right: boolean): string {
  const own = displayWidth(text)
  if (own <= width) {
    const space = ' '.repeat(width - own)
    return right ? space + text : text + space
  }
  let cut = ''
  let used = 0
  for (const char of text) {
    const next = charWidth(char)
    if (used + next > width - 1) break
    cut += char
    used += next
  }
  return `${cut}…${' '.repeat(width - 1 - used)}`
}

/** Text with control characters spelled out, so that data cannot drive the terminal. */
export function printable(text: string): string {
  if (PLAIN.test(text)) return text
  return text.replace(CONTROL, (char) => {
    if (char === '\n') return '\\n'
    if (char === '\r') return '\\r'
    if (char === '\t') return '\\t'
    const code = char.codePointAt(0)!
    return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`
  })
}

function charWidth(char: string): number {
  if (NO_WIDTH.test(char)) return 0
  return WIDE.test(char) ? 2 : 1
}
