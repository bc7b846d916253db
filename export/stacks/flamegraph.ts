/**
 * Stacks as a flame graph: a picture that stands by itself. Each frame is as wide as its stacks weigh,
 * and stands on the one that called it. Without scripts it shows names and weights; where scripts run, a click makes a
 * frame as wide as the picture, and names can be searched.
 */
import type { FileJob } from '../job.ts'
import { FLAMEGRAPH_SCRIPT } from './flamegraph-script.ts'
import { callsInOrder, type FrameNode, gatherStacks } from './frame-tree.ts'
import { chooseOne, hasLosses, openStacks } from './open-stacks.ts'
import { readStacks, type Unit } from './profiles.ts'
import type { Frame } from './stack.ts'

const WIDTH = 1200
const MARGIN = 10
const ROW = 17
/** Room for the title above, and for what is pointed at below. */
const HEAD = 56
const FOOT = 34
/** A monospaced character of the size used. */
const CHARACTER = 6.7
/** Narrower frames are left out: nobody can see them. */
const LEAST = 0.1
/** Hues for kinds of frames: programs red to yellow, the kernel blue, threads and events grey. */
const HUES: Readonly<Record<Frame['kind'], readonly [from: number, to: number]>> = {
  user: [8, 48],
  kernel: [195, 225],
  task: [0, 0],
}

/** Writes the picture of one profile. */
export async function writeFlamegraph(job: FileJob): Promise<string> {
  const source = await openStacks(job)
  const profile = chooseOne(job, source)
  const remark = (await hasLosses(source)) ? ', events were lost' : ''
  const root = await gatherStacks(readStacks(source, profile))
  const title = `${profile.about}: ${weightText(root.total, profile.unit)}${remark}`
  const rows = depthOf(root, root.total)
  const height = HEAD + rows * ROW + FOOT
  const picture = {
    job,
    unit: profile.unit,
    total: root.total,
    height,
    text: '',
    frames: 0,
    narrow: 0,
  }
  picture.text = headText(title, job.files[0]!, height)
  await drawFrame(picture, root, MARGIN, 0)
  picture.text += `</g>\n${FLAMEGRAPH_SCRIPT}</svg>\n`
  await job.write(picture.text)
  const narrow = picture.narrow === 0 ? '' : `, ${picture.narrow} too narrow to see left out`
  return `${title}, ${picture.frames} frames${narrow}`
}

interface Picture {
  readonly job: FileJob
  readonly unit: Unit
  readonly total: bigint
  readonly height: number
  text: string
  frames: number
  narrow: number
}

const PIECE = 1 << 16

async function drawFrame(
  picture: Picture,
  node: FrameNode,
  x: number,
  depth: number,
): Promise<void> {
  const width = widthOf(node, picture.total)
  const y = picture.height - FOOT - (depth + 1) * ROW
  const share = picture.total === 0n ? 0 : Number((node.total * 100_000n) / picture.total) / 1000
  const name = node.frame.name || '<...>'
  const title = `${name} (${weightText(node.total, picture.unit)}, ${share.toFixed(2)}%)`
  const shown = fit(name, width)
  picture.frames++
  picture.text +=
    `<g class="frame"><title>${escapeXml(title)}</title>` +
    `<rect x="${x.toFixed(2)}" y="${y}" width="${width.toFixed(2)}" height="${ROW - 1}" fill="${colorOf(node.frame)}"/>` +
    `<text x="${(x + 3).toFixed(2)}" y="${y + 12}">${escapeXml(shown)}</text></g>\n`
  if (picture.text.length >= PIECE) {
    await picture.job.write(picture.text)
    picture.text = ''
  }
  let at = x
  for (const call of callsInOrder(node)) {
    if (widthOf(call, picture.total) >= LEAST) await drawFrame(picture, call, at, depth + 1)
    else picture.narrow++
    at += widthOf(call, picture.total)
  }
}

function depthOf(node: FrameNode, total: bigint): number {
  let below = 0
  for (const call of node.calls.values())
    if (widthOf(call, total) >= LEAST) below = Math.max(below, depthOf(call, total))
  return below + 1
}

function widthOf({ total: own }: FrameNode, total: bigint): number {
  const width = WIDTH - 2 * MARGIN
  return total === 0n ? width : (Number((own * 1_000_000_000n) / total) / 1e9) * width
}

function fit(name: string, width: number): string {
  const room = Math.floor((width - 6) / CHARACTER)
  if (name.length <= room) return name
  return room < 3 ? '' : `${name.slice(0, room - 2)}..`
}

/** The same name has the same colour in every picture. */
function colorOf({ name, kind }: Frame): string {
  let hash = 2166136261
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 16777619)
  const part = ((hash >>> 0) % 1000) / 1000
  const [from, to] = HUES[kind]
  if (kind === 'task') return `hsl(0,0%,${Math.round(78 + part * 8)}%)`
  return `hsl(${Math.round(from + part * (to - from))},${kind === 'user' ? 80 : 55}%,${Math.round(66 + ((part * 7) % 1) * 10)}%)`
}

const STEPS = [
  [1_000_000_000n, 's'],
  [1_000_000n, 'ms'],
  [1000n, 'µs'],
] as const

/** `1.250 ms`, `4096 bytes`, `17 events`. */
function weightText(weight: bigint, unit: Unit): string {
  if (unit !== 'nanoseconds') return `${weight} ${unit}`
  for (const [step, name] of STEPS)
    if (weight >= step)
      return `${weight / step}.${String(((weight % step) * 1000n) / step).padStart(3, '0')} ${name}`
  return `${weight} ns`
}

function headText(title: string, file: string, height: number): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" version="1.1" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}">
<style>
text { font: 11px monospace; fill: #000; pointer-events: none }
.title { font-size: 16px } .note { fill: #666 }
.control { fill: #1a56a0; cursor: pointer; pointer-events: all }
.frame rect { cursor: pointer } .frame:hover rect { stroke: #000; stroke-width: 0.6 }
.found rect { fill: #d36cf0 } .faded { opacity: 0.45 }
</style>
<rect width="100%" height="100%" fill="#fff"/>
<text class="title" x="${WIDTH / 2}" y="24" text-anchor="middle">${escapeXml(title)}</text>
<text class="note" x="${WIDTH / 2}" y="42" text-anchor="middle">${escapeXml(file)}</text>
<text class="control" id="reset" x="${MARGIN}" y="24" visibility="hidden">show all</text>
<text class="control" id="search" x="${WIDTH - MARGIN}" y="24" text-anchor="end" visibility="hidden">search</text>
<text class="note" id="details" x="${MARGIN}" y="${height - 12}"></text>
<text class="note" id="matched" x="${WIDTH - MARGIN}" y="${height - 12}" text-anchor="end"></text>
<g id="frames">
`
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

/** Text as XML has it; characters that XML does not allow become U+FFFD. */
export function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '\u{FFFD}')
    .replace(/[&<>"']/g, (character) => ENTITIES[character]!)
}
