/** What instructions ask the processor for: runtime/service.ts. Done whole, or a fault is noted and nothing has changed. */
import { Service, State } from '../isa/index.ts';
import { Fault, noteFault, Unsupported } from './fault.ts';
import { Cr0 } from './paging.ts';
import type { Ports } from './ports.ts';
import type { RealMode } from './real-mode.ts';

export class Services {
  readonly #state: DataView;
  readonly #real: RealMode;
  readonly #ports: Ports;

  constructor(state: DataView, real: RealMode, ports: Ports) {
    this.#state = state;
    this.#real = real;
    this.#ports = ports;
  }

  /** The function handlers call. */
  readonly serve = (which: number, a: bigint, b: bigint, c: bigint): bigint => {
    try {
      return this.#serve(which, Number(a), Number(b), Number(c));
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      noteFault(this.#state, error);
      return 0n;
    }
  };

  #serve(which: number, a: number, b: number, c: number): bigint {
    if (which === Service.input) return BigInt(this.#ports.read(a & 0xffff, widthOf(b)) >>> 0);
    if (which === Service.output) {
      this.#ports.write(a & 0xffff, widthOf(b), c >>> 0);
      return 0n;
    }
    if ((this.#state.getUint32(State.cr0, true) & Cr0.pe) !== 0) throw new Unsupported('segments are loaded in real-address mode alone');
    switch (which) {
      case Service.loadSegment:
        this.#real.loadSegment(a, b);
        break;
      case Service.jumpFar:
        this.#real.jump(b, c);
        break;
      case Service.callFar:
        this.#real.call(a, b, c);
        break;
      case Service.returnFar:
        this.#real.return(a, b);
        break;
      case Service.interrupt:
        this.#real.interrupt(a);
        break;
      case Service.interruptReturn:
        this.#real.interruptReturn(a);
        break;
      default:
        throw new Error(`no service has number ${which}`);
    }
    return 0n;
  }
}

const widthOf = (bytes: number): 1 | 2 | 4 => (bytes === 1 ? 1 : bytes === 2 ? 2 : 4);
