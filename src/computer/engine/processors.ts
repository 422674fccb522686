/** What carries out a computer's instructions, which may be another one from some moment on, as it runs. */
import type { BoardProcessor, Pause, Pc } from '../../board/index.ts';
import type { Driven } from '../../desk/index.ts';
import type { Kvm } from '../../host/kvm/index.ts';
import type { KvmBoard, KvmCpu } from '../../kvm/index.ts';
import { UnfitState } from '../../machine/index.ts';
import type { Processor } from '../process/description.ts';
import type { Direct } from './direct.ts';
// Most computers never have it: it is evaluated when it is first used.
import * as kernels from './kernels.ts';

export interface ProcessorMeans {
  /** Whether programs may run as they are; undefined: they can't. */
  readonly direct: Direct | undefined;
  /** Opens the kernel's monitor, when it is wanted first, or says why there is none. It is closed with this. */
  readonly kvm: () => Kvm | string;
  /** Is told, for people, where another one had to take over. */
  readonly say: (sentence: string) => void;
}

export class Processors implements Driven, Disposable {
  readonly #pc: Pc;
  readonly #direct: Direct | undefined;
  readonly #open: ProcessorMeans['kvm'];
  readonly #say: ProcessorMeans['say'];
  #kvm: Kvm | undefined;
  /** What the kernel's processor shares with nobody yet, and it: made when it is wanted first, and kept. */
  #board: KvmBoard | undefined;
  #kernels: KvmCpu | undefined;
  /** While the kernel's is at work. */
  #emulated: BoardProcessor | undefined;

  /** Of a computer with an emulated processor. */
  constructor(pc: Pc, { direct, kvm, say }: ProcessorMeans) {
    this.#pc = pc;
    this.#direct = direct;
    this.#open = kvm;
    this.#say = say;
  }

  get clock(): Pc['clock'] {
    return this.#pc.clock;
  }

  /** As the computer does; but where the kernel's processor can't go on, another one does. */
  run(most: number): Pause {
    const pause = this.#pc.run(most);
    if (this.#emulated === undefined || pause.why !== 'stuck' || pause.exit.why !== 'unsupported') return pause;
    // It stands before what it can't do.
    if (this.take('direct') !== undefined && this.take('emulated') !== undefined) return pause;
    this.#say(`its processor is ${this.present} from now on: at 0x${this.#pc.processor.rip.toString(16)} it wants ${pause.exit.what}`);
    return { why: 'slice' };
  }

  get present(): Processor {
    if (this.#emulated !== undefined) return 'kvm';
    return this.#direct?.isOn === true ? 'direct' : 'emulated';
  }

  /** What programs that ran as they are came to. */
  get counts(): object {
    return this.#direct?.counts ?? {};
  }

  /** What can be done for that one while another is at work, by turns between two runs. Throws an error with a code where the host can't. */
  *prepare(wanted: Processor): Generator<void> {
    if (wanted === 'direct' && this.#direct !== undefined) yield* this.#direct.prepare();
  }

  /** Between two runs: that one carries out its instructions from now on. Returns why not, in a sentence's words, where it can't: then all is as it was. */
  take(wanted: Processor): string | undefined {
    if (wanted === this.present) return undefined;
    try {
      return wanted === 'kvm' ? this.#takeKernels() : this.#takeOwn(wanted);
    } catch (error) {
      if (!isOfHost(error)) throw error;
      return error.message;
    }
  }

  #takeKernels(): string | undefined {
    const kvm = this.#kvm ?? this.#open();
    if (typeof kvm === 'string') return kvm;
    this.#kvm = kvm;
    const before = this.#pc.exchange(({ ram, engine, ports, owner }) => {
      this.#board ??= kernels.boardOf(ram, kvm);
      this.#kernels ??= kernels.processorOf(this.#board, { engine, ports, owner });
      return this.#kernels;
    });
    this.#emulated = before;
    if (this.#direct !== undefined) this.#direct.isOn = false;
    // Programs that ran as they are have no process any more.
    before.forget();
    return undefined;
  }

  #takeOwn(wanted: 'emulated' | 'direct'): string | undefined {
    const direct = this.#direct;
    if (direct === undefined && wanted === 'direct') return 'it was switched on without what programs run by as they are';
    const emulated = this.#emulated;
    const wasOn = direct?.isOn ?? false;
    if (direct !== undefined) direct.isOn = wanted === 'direct';
    if (emulated === undefined) return undefined;
    try {
      this.#pc.exchange(() => emulated);
    } catch (error) {
      if (direct !== undefined) direct.isOn = wasOn;
      throw error;
    }
    this.#emulated = undefined;
    return undefined;
  }

  /** The computer runs no more. */
  [Symbol.dispose](): void {
    this.#board?.[Symbol.dispose]();
    this.#kvm?.[Symbol.dispose]();
  }
}

/** What this host hasn't got, or what one processor can't have of another's. */
const isOfHost = (error: unknown): error is Error =>
  error instanceof RangeError || error instanceof UnfitState || (error instanceof Error && 'code' in error);
