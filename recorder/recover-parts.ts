/** A trace.dat from the parts of a recording that trace-cmd did not live to put together. */
import { closeSync, openSync, statSync } from 'node:fs'
import { subBufferBytes } from '../parser/container/header-page.ts'
import { DEFAULT_LIMITS } from '../parser/container/limits.ts'
import { guessLayout } from '../parser/container/salvage-pages.ts'
import { openFileSource } from '../parser/container/source.ts'
import type { HeaderPage } from '../parser/container/types.ts'
import { Diagnostics } from '../parser/diagnostics.ts'
import { codecOrNone } from '../writer/codec.ts'
import { readFully } from '../writer/file-io.ts'
import type { Preamble } from '../writer/metadata.ts'
import type { SavedBuffer } from '../writer/saved.ts'
import { describeParts, type PartDescription } from './part-description.ts'
import type { PartFile, PartSet } from './part-files.ts'
import { rebuild } from './rebuild.ts'
import { nothingToRecover, type Recovered, tallyText } from './recovered.ts'

/**
 * Puts the parts together into `output`; they stay as they are. `metadata` is a trace.dat that
 * describes their events. Throws `ERR_RECOVER_NOTHING` for parts without trace data or without a
 * description, `ERR_RECORD_OUTPUT`, and what opening `metadata` throws.
 */
export async function recoverParts(
  set: PartSet,
  output: string,
  metadata?: string,
): Promise<Recovered> {
  if (set.parts.every(({ path }) => statSync(path).size === 0)) {
    throw nothingToRecover(`the parts of ${set.output} are empty`)
  }
  const described = describeParts(set, metadata)
  const names = [...new Set(['', ...set.parts.map(({ buffer }) => buffer)])]
  const buffers = names.map((name) =>
    savedBuffer(
      name,
      set.parts.filter(({ buffer }) => buffer === name),
      described,
    ),
  )
  const { version, preamble, cpuStats } = described
  const notices = [...described.notices]
  const codec = codecOrNone(described.codec, notices)
  const { fileBytes, cpus } = await rebuild({ output, version, preamble, codec, buffers })
  return { output, fileBytes, lines: tallyText(cpus, cpuStats), notices }
}

function savedBuffer(
  name: string,
  parts: readonly PartFile[],
  { preamble, page, clockOf }: PartDescription,
): SavedBuffer {
  const full = parts.find(({ path }) => statSync(path).size > 0)
  const own = full === undefined ? page : layoutOf(full.path, page, preamble)
  const bytes = subBufferBytes(own)
  return {
    name,
    clock: clockOf(name),
    shape: { littleEndian: preamble.littleEndian, page: own, bytes },
    cpus: parts.map(({ cpu, path }) => ({ cpu, pieces: () => readPart(path, bytes) })),
  }
}

/** An instance may have sub-buffers of its own size. */
function layoutOf(path: string, page: HeaderPage, preamble: Preamble): HeaderPage {
  const { littleEndian, longSize, pageSize } = preamble
  const source = openFileSource(path)
  try {
    const compression = { name: 'none', version: '' }
    const head = {
      version: 7,
      littleEndian,
      userLongSize: longSize,
      pageSize,
      compression,
      optionsOffset: 0,
      end: 0,
    } as const
    const context = { source, head, limits: DEFAULT_LIMITS, diagnostics: new Diagnostics() }
    return guessLayout(context, 0, source.size, page)
  } finally {
    source.close()
  }
}

/** Sub-buffers read at a time. */
const AT_ONCE = 64

function* readPart(path: string, subBuffer: number): Generator<Uint8Array> {
  const fd = openSync(path, 'r')
  try {
    const piece = new Uint8Array(AT_ONCE * subBuffer)
    for (let at = 0; ; at += piece.length) {
      const got = readFully(fd, piece, at)
      if (got > 0) yield piece.subarray(0, got)
      if (got < piece.length) return
    }
  } finally {
    closeSync(fd)
  }
}
