/** A local APIC by itself, what it tells others written down. */

import { State } from '../../isa/index.ts';
import type { QuietEnds } from '../../machine/index.ts';
import { readRegister, writeRegister } from '../apic/access.ts';
import { ApicBase, type ApicBus, apicMsr, Delivery, LocalApic } from '../apic/index.ts';
import { Register } from '../apic/registers.ts';

export class ApicRig {
  readonly view = new DataView(new ArrayBuffer(State.size));
  readonly heard: string[] = [];
  readonly apic: LocalApic;
  now = 0n;
  attended = 0;

  constructor(bus: ApicBus, id: number, ends?: QuietEnds) {
    const hear = (what: string) => (about?: number) => {
      this.heard.push(about === undefined ? what : `${what} ${about}`);
    };
    this.apic = new LocalApic({
      ...{ state: this.view, now: () => this.now, bus, ends, attend: () => this.attended++ },
      signals: {
        ...{ nmi: hear('nmi'), init: hear('init'), startUp: hear('startUp'), external: hear('external'), endOfInterrupt: hear('end') },
        rewired: () => {},
      },
    });
    this.view.setBigUint64(State.apicBase, 0xfee0_0000n | ApicBase.enabled, true);
    this.apic.identify(id);
    this.apic.reset();
    this.write(Register.svr, 0x1ff);
  }

  write(register: number, value: number): boolean {
    return writeRegister(this.apic, register, value);
  }

  read(register: number): number | undefined {
    return readRegister(this.apic, register);
  }

  msr(number: number): ReturnType<ReturnType<typeof apicMsr>> {
    return apicMsr(this.apic, this.view, new Set(['apic', 'x2apic', 'tsc_deadline_timer']), () => {})(number);
  }

  becomeX2(): void {
    this.msr(0x1b)?.write?.(0xfee0_0000n | ApicBase.enabled | ApicBase.x2);
  }

  request(vector: number, isLevel = false): void {
    this.apic.receive({ vector, delivery: Delivery.fixed, isLevel });
  }

  take(): number | undefined {
    const vector = this.apic.pending;
    if (vector !== undefined) this.apic.acknowledge(vector);
    return vector;
  }
}
