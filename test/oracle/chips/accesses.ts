/** Accesses of chips' ports by chance, as far as QEMU and the data sheets agree. */
import type { Random } from '../../../src/devices/stage/index.ts';
import type { Access } from './qemu.ts';

/** Writes and reads that are kept. */
class Program {
  readonly accesses: Access[] = [];
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  write(port: number, ...values: readonly number[]): void {
    for (const value of values) this.accesses.push({ port, value });
  }

  read(port: number, times = 1): void {
    for (let count = 0; count < times; count++) this.accesses.push({ port });
  }

  /** One of several, or a byte. */
  any(...values: readonly number[]): number {
    return values.length === 0 ? this.#random.below(256) : (values[this.#random.below(values.length)] ?? 0);
  }
}

type Step = (program: Program) => void;

/** Interrupts 1 and 12 are asked for by bytes that the keyboard controller is told to have received. */
const interruptSteps: readonly Step[] = [
  (program) => initialize(program, 0xa0),
  (program) => program.write(program.any(0x21, 0xa1), program.any(0, 0xff, program.any())),
  // Ends and rotations; then what is read, and whether by a poll.
  (program) => program.write(program.any(0x20, 0xa0), program.any() & 0xe7),
  (program) => program.write(program.any(0x20, 0xa0), program.any(0x0a, 0x0b)),
  (program) => {
    const chip = program.any(0x20, 0xa0);
    program.write(chip, 0x0c);
    program.read(chip + program.any(0, 1));
  },
  (program) => {
    program.read(0x60, 3);
    program.write(0x64, program.any(0xd2, 0xd3));
    program.write(0x60, program.any());
  },
  (program) => program.read(0x60, 3),
];

const initialize = (program: Program, chip: number): void => {
  program.write(chip, 0x11);
  program.write(chip + 1, program.any(0x08, 0x70), chip === 0x20 ? 4 : 2, program.any(0x01, 0x03, 0x11));
};

export const interrupts = (random: Random, steps: number): readonly Access[] => {
  const program = new Program(random);
  program.write(0x64, 0x60);
  program.write(0x60, 0x47);
  for (const chip of [0x20, 0xa0]) initialize(program, chip);
  for (let step = 0; step < steps; step++) {
    interruptSteps[random.below(interruptSteps.length)]?.(program);
    for (const chip of [0x20, 0xa0]) {
      for (const what of [0x0a, 0x0b]) {
        program.write(chip, what);
        program.read(chip);
      }
      program.read(chip + 1);
    }
  }
  return program.accesses;
};

/** Even counts: QEMU counts odd ones of mode 3 like them. */
export const timers = (random: Random, steps: number): readonly Access[] => {
  const program = new Program(random);
  const set = (counter: number): void => {
    program.write(0x43, (counter << 6) | 0x30 | program.any(0, 4, 6, 8));
    program.write(0x40 + counter, program.any() & 0xfe, program.any() | 1);
  };
  for (const counter of [0, 1, 2]) set(counter);
  for (let step = 0; step < steps; step++) {
    const counter = random.below(3);
    if (random.below(2) === 0) set(counter);
    program.write(0x43, program.any(counter << 6, 0xd0 | (2 << counter)));
    program.read(0x40 + counter, 2);
  }
  return program.accesses;
};

export const transfers = (random: Random, steps: number): readonly Access[] => {
  const program = new Program(random);
  for (let step = 0; step < steps; step++) {
    const [base, unit] = random.below(2) === 0 ? [0xc0, 2] : [0, 1];
    const channel = base + 2 * unit * random.below(4);
    program.write(base + 12 * unit, 0);
    switch (random.below(4)) {
      case 0:
        for (const register of [channel, channel + unit]) program.write(register, program.any(), program.any());
        break;
      case 1:
        for (const register of [channel, channel + unit]) program.read(register, 2);
        break;
      case 2:
        program.write(base + unit * program.any(10, 11, 13, 14, 15), program.any());
        program.read(base + 8 * unit);
        break;
      default:
        program.write(program.any(0x81, 0x82, 0x83, 0x87, 0x89, 0x8a, 0x8b, 0x8f), program.any());
        program.read(program.any(0x81, 0x82, 0x83, 0x87, 0x89, 0x8a, 0x8b, 0x8f));
    }
  }
  return program.accesses;
};
