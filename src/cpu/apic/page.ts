/** The local APIC's page of memory: 32 bits at each multiple of 16. SDM Vol. 3A, 12.4.1. */
import { readRegister, writeRegister } from './access.ts';
import type { LocalApic } from './local-apic.ts';

const pageBytes = 4096;

export class ApicPage {
  readonly #apic: LocalApic;

  constructor(apic: LocalApic) {
    this.#apic = apic;
  }

  /** Whether a physical address is in it: it may be elsewhere or nowhere. */
  has(physical: number): boolean {
    const { base, isEnabled, isX2 } = this.#apic;
    return isEnabled && !isX2 && Math.floor(physical / pageBytes) === Number(base >> 12n);
  }

  /** What lies between registers is undefined; here it is zeros. */
  read(physical: number, bytes: number): Uint8Array {
    const from = physical % pageBytes;
    const into = new Uint8Array(bytes);
    for (let at = 0; at < bytes; at++) {
      const [register, byte] = [(from + at) >> 4, (from + at) & 15];
      if (byte < 4) into[at] = (this.#register(register, at === 0 || byte === 0) >>> (8 * byte)) & 0xff;
    }
    return into;
  }

  /** As 32 bits at a register, or not at all: anything else is undefined. */
  write(physical: number, bytes: Uint8Array): void {
    const from = physical % pageBytes;
    if (bytes.length !== 4 || (from & 15) !== 0) return;
    const value = bytes.reduceRight((so, byte) => so * 256 + byte, 0);
    if (!writeRegister(this.#apic, from >> 4, value)) this.#apic.missRegister();
  }

  #register(register: number, isFirst: boolean): number {
    const value = readRegister(this.#apic, register);
    if (value === undefined && isFirst) this.#apic.missRegister();
    return value ?? 0;
  }
}
