/** What carries out a computer's instructions, which may be another one from some moment on, as it runs. */
import type { BoardProcessor, Pc } from '../../board/index.ts';
import { Kvm, probeKvmBasics } from '../../host/kvm/index.ts';
import { KvmBoard, KvmCpu } from '../../kvm/index.ts';
import { UnfitState } from '../../machine/index.ts';
import type { Processor } from '../process/description.ts';
import type { Direct } from './direct.ts';

export interface ProcessorMeans {
  /** Whether programs may run as they are; undefined: they can't. */
  readonly direct: Direct | undefined;
  /** The kernel's monitor, where it was opened before: who is fenced in opens nothing any more. It is closed with this. */
  readonly kvm?: Kvm | undefined;
}

export class Processors implements Disposable {
  readonly #pc: Pc;
  readonly #direct: Direct | undefined;
  #kvm: Kvm | undefined;
  /** What the kernel's processor shares with nobody yet, and it: made when it is wanted first, and kept. */
  #board: KvmBoard | undefined;
  #kernels: KvmCpu | undefined;
  /** While the kernel's is at work. */
  #emulated: BoardProcessor | undefined;

  /** Of a computer with an emulated processor. */
  constructor(pc: Pc, { direct, kvm }: ProcessorMeans) {
    this.#pc = pc;
    this.#direct = direct;
    this.#kvm = kvm;
  }

  get present(): Processor {
    if (this.#emulated !== undefined) return 'kvm';
    return this.#direct?.isOn === true ? 'direct' : 'emulated';
  }

  /** What programs that ran as they are came to. */
  get counts(): object {
    return this.#direct?.counts ?? {};
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
    const basics = this.#kvm === undefined ? probeKvmBasics() : ({ ok: true } as const);
    if (!basics.ok) return basics.why;
    this.#kvm ??= new Kvm();
    const kvm = this.#kvm;
    const before = this.#pc.exchange(({ ram, engine, ports, owner }) => {
      this.#board ??= new KvmBoard(ram, kvm);
      this.#kernels ??= new KvmCpu(this.#board, engine, ports, owner);
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
