/** Opens a trace.dat: the door to the container stage. */
import type { Diagnostics } from '../diagnostics.ts'
import { TraceError } from '../error.ts'
import { type ContainerBody, type LazyBytes, noBytes } from './container-body.ts'
import type { ContainerContext } from './context.ts'
import { readHead } from './head.ts'
import { withDefaults } from './limits.ts'
import type { ByteSource, ContainerLimits, TraceFile } from './types.ts'
import { readBodyV6 } from './v6.ts'
import { readBodyV7 } from './v7.ts'

/**
 * Reads everything of a trace.dat but its events; reads no page data. The returned file owns
 * `source` and closes it with `close()`; when this throws, `source` stays the caller's.
 * Throws `ERR_TRACE_BAD_MAGIC`, `ERR_TRACE_VERSION`, `ERR_TRACE_TRUNCATED`, `ERR_TRACE_SECTION`,
 * `ERR_TRACE_LIMIT`, `ERR_TRACE_CODEC`, `ERR_RING_HEADER`; lesser damage goes to `diagnostics`.
 */
export function openContainer(
  source: ByteSource,
  diagnostics: Diagnostics,
  limits?: Partial<ContainerLimits>,
): TraceFile {
  const allowed = withDefaults(limits)
  const head = readHead(source, allowed)
  const context: ContainerContext = { source, head, limits: allowed, diagnostics }
  const body = head.version === 6 ? readBodyV6(context) : readBodyV7(context)
  return assemble(context, body)
}

function assemble(context: ContainerContext, body: ContainerBody): TraceFile {
  const { source, head } = context
  const { facts } = body
  return {
    source,
    limits: context.limits,
    version: head.version,
    littleEndian: head.littleEndian,
    userLongSize: head.userLongSize,
    pageSize: head.pageSize,
    compression: head.compression,
    headerPage: body.headerPage,
    formats: body.formats,
    options: body.options,
    buffers: body.buffers,
    corrections: facts.corrections,
    cpuCount: body.cpuCount,
    uname: facts.uname,
    recorder: facts.recorder,
    traceId: facts.traceId,
    cpuStats: facts.cpuStats,
    processMaps: facts.processMaps,
    own: facts.own,
    latencyText: body.latencyText,
    readLatencyText: readOnce(context, body.readLatencyText),
    kallsyms: readOnce(context, body.kallsyms),
    printkFormats: readOnce(context, body.printkFormats),
    savedCmdlines: readOnce(context, body.savedCmdlines),
    btf: readOnce(context, body.btf),
    close: () => source.close(),
  }
}

/** Keeps the bytes; damage is reported once and gives none. */
function readOnce(context: ContainerContext, read: LazyBytes): LazyBytes {
  let bytes: Uint8Array | undefined
  return () => {
    if (bytes) return bytes
    try {
      bytes = read()
    } catch (cause) {
      if (!(cause instanceof TraceError)) throw cause
      const at = cause.where?.offset === undefined ? {} : { offset: cause.where.offset }
      context.diagnostics.report(cause.code, 'error', cause.message, at)
      bytes = noBytes()
    }
    return bytes
  }
}
