/** The stack. */
import { Segment } from '../../runtime/state.ts';
import type { Val } from '../../stage/index.ts';
import type { Binding } from '../binding.ts';
import { Memory } from './memory.ts';

export class Stack extends Memory {
  #dropped = 0;

  protected override begin(binding: Binding): void {
    super.begin(binding);
    this.#dropped = 0;
  }

  /** Pushes values in this order: what may fault comes first, for all of them. */
  push(...values: readonly Val[]): void {
    const pointer = this.register('sp', this.stackSize);
    let top = pointer.get();
    const places = values.map((value) => {
      top = this.sub(top, this.known(top.w, value.w / 8));
      return { value, offset: top };
    });
    if (places.length > 1) for (const { value, offset } of places) this.probe(Segment.ss, offset, value.w / 8);
    for (const { value, offset } of places) this.write(Segment.ss, offset, value);
    pointer.set(top);
  }

  /** Pushes a value, if what is required between finding its place and writing it holds. */
  pushWhere(value: Val, require: () => void): void {
    const pointer = this.register('sp', this.stackSize);
    const top = this.sub(pointer.get(), this.known(pointer.w, value.w / 8));
    const { place, close } = this.open(Segment.ss, top, value.w / 8, 'write');
    require();
    this.store(value, place);
    close();
    pointer.set(top);
  }

  /** Bits on top of the stack, `above` bytes higher up. */
  peek(w: number, above = 0): Val {
    const top = this.register('sp', this.stackSize).get();
    return this.read(Segment.ss, this.add(top, this.known(top.w, above)), w);
  }

  /** Takes so many bytes off the stack; a number of them, which addresses made later count in, or as many as a value says. */
  drop(bytes: number | Val): void {
    const pointer = this.register('sp', this.stackSize);
    if (typeof bytes === 'number') this.#dropped += bytes;
    const by = typeof bytes === 'number' ? this.known(pointer.w, bytes) : this.zext(bytes, pointer.w);
    pointer.set(this.add(pointer.get(), by));
  }

  /** Bytes that this instruction has taken off the stack before an address is made: SDM Vol. 2B, POP. */
  get dropped(): number {
    return this.#dropped;
  }
}
