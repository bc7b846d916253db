/** What stacks consist of. */

/** A function, or what stands for one; kernel functions are told from those of programs. */
export interface Frame {
  readonly name: string
  readonly kind: 'task' | 'user' | 'kernel'
}

/** A stack, outermost frame first, and its weight, which is positive. */
export interface WeighedStack {
  readonly frames: readonly Frame[]
  readonly weight: bigint
}
