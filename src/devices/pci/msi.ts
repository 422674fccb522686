/** Messages instead of pins: PCI Local Bus 3.0, 6.8.1. One message, at any address, without masks. */
import { gpa } from '../../machine/index.ts';
import type { Capability } from './layout.ts';
import { CapabilityId } from './registers.ts';
import type { Messages } from './slot.ts';

/** Offsets within the capability. */
const Register = { control: 2, address: 4, data: 12 } as const;
const Control = { on: 0x01, wide: 0x80 } as const;

export const msiCapability = (at: number): Capability => ({
  ...{ id: CapabilityId.msi, at },
  body: [Control.wide, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  // Which of several messages, bits 4 to 6 of the control, can be written where there is one.
  writable: [Control.on | 0x70, 0, 0xfc, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
});

export class Msi {
  readonly #at: number;
  readonly #messages: Messages;

  constructor({ at }: Capability, messages: Messages) {
    this.#at = at;
    this.#messages = messages;
  }

  isOn(config: Uint8Array): boolean {
    return ((config[this.#at + Register.control] ?? 0) & Control.on) !== 0;
  }

  send(config: Uint8Array): void {
    const view = new DataView(config.buffer, config.byteOffset);
    const high = view.getUint32(this.#at + Register.address + 4, true);
    // What goes beyond what can be addressed reaches nothing.
    if (high < 2 ** 20)
      this.#messages.send(
        gpa(high * 2 ** 32 + view.getUint32(this.#at + Register.address, true)),
        view.getUint16(this.#at + Register.data, true),
      );
  }
}
