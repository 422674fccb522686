/** What a processor does in many steps that depend on its mode: done outside the interpreter, at once or not at all. */
export const Service = {
  /** (place of the segment, selector) */
  loadSegment: 0,
  /** (operand size, selector, offset) */
  jumpFar: 1,
  callFar: 2,
  /** (operand size, bytes that are taken off the stack) */
  returnFar: 3,
  /** (vector, 1 where it is an instruction's own wish: INT n) */
  interrupt: 4,
  /** (operand size) */
  interruptReturn: 5,
  /** (port, bytes, value) */
  output: 6,
  /** (port, bytes) → value */
  input: 7,
} as const;
export type ServiceName = keyof typeof Service;
