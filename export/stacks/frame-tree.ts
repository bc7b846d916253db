/** Stacks that begin with the same frames, put together. */
import type { Frame, WeighedStack } from './stack.ts'

/** A frame, what it called, and what its stacks weigh together. */
export interface FrameNode {
  readonly frame: Frame
  /** With all that it called. */
  total: bigint
  /** Stacks that end with it. */
  own: bigint
  readonly calls: Map<string, FrameNode>
}

/** Puts stacks together; memory is bounded by the different stacks. */
export async function gatherStacks(stacks: AsyncIterable<WeighedStack>): Promise<FrameNode> {
  const root = newNode({ name: 'all', kind: 'task' })
  for await (const { frames, weight } of stacks) {
    let node = root
    node.total += weight
    for (const frame of frames) {
      const key = `${frame.kind} ${frame.name}`
      const next = node.calls.get(key) ?? newNode(frame)
      node.calls.set(key, next)
      next.total += weight
      node = next
    }
    node.own += weight
  }
  return root
}

function newNode(frame: Frame): FrameNode {
  return { frame, total: 0n, own: 0n, calls: new Map() }
}

/** What a frame called, in order of name. */
export function callsInOrder(node: FrameNode): FrameNode[] {
  return [...node.calls.values()].sort((a, b) =>
    a.frame.name < b.frame.name ? -1 : a.frame.name > b.frame.name ? 1 : 0,
  )
}

/** The different stacks in order of their names, outermost frame first, with what they weigh. */
export function* stacksOf(root: FrameNode): Generator<WeighedStack> {
  const frames: Frame[] = []
  function* below(node: FrameNode): Generator<WeighedStack> {
    if (node.own > 0n) yield { frames: [...frames], weight: node.own }
    for (const call of callsInOrder(node)) {
      frames.push(call.frame)
      yield* below(call)
      frames.pop()
    }
  }
  yield* below(root)
}
