/** Text for a terminal: names and strings of a recording must not drive it. */

/** Control characters but for ends of lines and tabs, and those that reorder or hide text. */
const CONTROL = /[^\P{Cc}\n\t]|[\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu
/** The same, and how tables dim what is not data, which stays. */
const DRIVING = new RegExp(`\\u001b\\[22?m|${CONTROL.source}`, 'gu')
const PLAIN = /^[\x20-\x7e\n\t]*$/

/** Spells control characters out. */
export function safeText(text: string): string {
  return PLAIN.test(text) ? text : text.replace(CONTROL, spell)
}

/** Spells control characters out in what goes to a terminal; the dimming of tables is kept. */
export function safeOutput(text: string): string {
  if (PLAIN.test(text)) return text
  return text.replace(DRIVING, (char) => (char.length > 2 ? char : spell(char)))
}

/** Writes to stderr, control characters spelled out. */
export function say(text: string): void {
  process.stderr.write(safeText(text))
}

function spell(char: string): string {
  const code = char.codePointAt(0)!
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`
}
