/** How a processor is set where something begins. */
import { Cr0, setFlat } from '../../cpu/index.ts';
import { State } from '../../isa/index.ts';

/** Sets a processor where it begins, with what it is told. */
export type Enter = (state: DataView) => void;

/** By their numbers in instructions. */
export const Register = { eax: 0, ecx: 1, edx: 2, ebx: 3, esp: 4, ebp: 5, esi: 6, edi: 7 } as const;

export interface Entry {
  readonly at: number;
  readonly registers: Readonly<Partial<Record<keyof typeof Register, number>>>;
}

/** Protected mode without paging, flat, no interrupts: as all these protocols want it. */
export const enterFlat =
  ({ at, registers }: Entry): Enter =>
  (state) => {
    clear(state);
    state.setBigUint64(State.cr0, BigInt(Cr0.pe | Cr0.et), true);
    setFlat(state, 32);
    for (const name of Object.keys(Register) as (keyof typeof Register)[])
      state.setBigUint64(State.gpr + 8 * Register[name], BigInt(registers[name] ?? 0), true);
    state.setBigUint64(State.rip, BigInt(at), true);
  };

/** What firmware may have left. */
export const clear = (state: DataView): void => {
  state.setBigUint64(State.cr0, BigInt(Cr0.et), true);
  for (const place of [State.cr3, State.cr4, State.efer]) state.setBigUint64(place, 0n, true);
  const none = 0x2;
  state.setUint32(State.flags, none, true);
};
