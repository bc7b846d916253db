/** Events' texts as steps, and who writes them one record at a time. */
import { generateWriter } from './generated.ts'
import type { FieldsWriter } from './raw-fields.ts'
import { RecordCursor } from './record-cursor.ts'
import { runSteps, type Step } from './steps.ts'

/** What an event's text consists of. */
export interface StepText {
  readonly steps: readonly Step[]
  /** Bytes that a record must have for them. */
  readonly least: number
  /** Writes the text of shorter records. */
  readonly shorter: FieldsWriter
}

/** One cursor serves all writers: none of them runs inside another. */
const CURSOR = new RecordCursor()

/** Records of an event that are written step by step: most events never have so many in JavaScript. */
export const FEW = 32

/** Writes the records of an event, so many of them step by step. */
export function stepWriter(text: StepText, littleEndian: boolean, few: number = FEW): FieldsWriter {
  const { steps, least, shorter } = text
  let left = few
  let generated: FieldsWriter | undefined
  if (few === 0) {
    generated = generateWriter(steps, littleEndian, least, shorter, CURSOR)
    if (generated) return generated
  }
  return (bytes, view, at, size, sink) => {
    if (generated) {
      generated(bytes, view, at, size, sink)
      return
    }
    if (left > 0 && --left === 0)
      generated = generateWriter(steps, littleEndian, least, shorter, CURSOR)
    if (size < least) {
      shorter(bytes, view, at, size, sink)
      return
    }
    CURSOR.point(bytes, view, at, size, sink)
    runSteps(steps, CURSOR, littleEndian)
  }
}
