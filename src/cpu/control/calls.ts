/** SYSCALL, SYSENTER and the ways back: SDM Vol. 2B, their Operation sections. Segments are set, not loaded: no descriptor is looked at. */
import { Eflags, readFlags, Segment, SegmentPart, State, segmentPlace, writeFlags } from '../../isa/index.ts';
import { Vector } from '../fault.ts';
import { Efer } from './bits.ts';
import { require, SystemState } from './system-state.ts';
import type { Wires } from './wires.ts';

const general = (number: number): number => State.gpr + 8 * number;
const [rcx, rdx, rsp, r11] = [general(1), general(2), general(4), general(11)];
/** Of R11, what SYSRET takes: all but RF and VM. */
const returnedFlags = 0x3c_7fd7;
/** Rights of code and data: present, of their kind and used, no end. Which privilege is added. */
const rights = { code: 0x809b, data: 0xc093, long: 0x2000, big: 0x4000, privilege: 0x20 } as const;

export class Calls {
  readonly #state: SystemState;

  constructor({ state }: Wires) {
    this.#state = new SystemState(state);
  }

  /** SYSCALL; rip is that of the next instruction. */
  enterByTarget(): void {
    const state = this.#state;
    require(state.has(State.efer, Efer.sce), Vector.ud);
    const flags = readFlags(state.view);
    state.set(rcx, state.get(State.rip));
    state.set(r11, BigInt(flags & ~Eflags.rf));
    state.set(State.rip, state.get(State.lstar));
    writeFlags(state.view, (flags & ~state.low(State.fmask) & ~Eflags.rf) | Eflags.one);
    const selector = Number((state.get(State.star) >> 32n) & 0xfffcn);
    this.#setSegments(selector, selector + 8, 0, 64);
  }

  /** SYSRET. On AMD's processors an address that isn't canonical is found by the user, whom it is fetched for, and SS keeps its rights. */
  returnToCaller(size: number): void {
    const state = this.#state;
    require(state.has(State.efer, Efer.sce), Vector.ud);
    state.requirePrivilege();
    const target = state.get(rcx);
    require(size === 32 || state.isCanonical(target));
    state.set(State.rip, size === 64 ? target : target & 0xffff_ffffn);
    writeFlags(state.view, (state.low(r11) & returnedFlags) | Eflags.one);
    const selector = Number(state.get(State.star) >> 48n);
    this.#setSegments((selector + (size === 64 ? 16 : 0)) | 3, (selector + 8) | 3, 3, size);
  }

  /** SYSENTER. On AMD's processors there is none in long mode. */
  enterByStack(): void {
    const state = this.#state;
    const selector = this.#sysenterSelector();
    const { isLong } = state;
    const cut = (value: bigint): bigint => (isLong ? value : value & 0xffff_ffffn);
    state.set(rsp, cut(state.get(State.sysenterEsp)));
    state.set(State.rip, cut(state.get(State.sysenterEip)));
    writeFlags(state.view, (readFlags(state.view) & ~(Eflags.vm | Eflags.if | Eflags.rf)) | Eflags.one);
    this.#setSegments(selector & 0xfffc, (selector & 0xfffc) + 8, 0, isLong ? 64 : 32);
  }

  /** SYSEXIT. */
  exitToCaller(size: number): void {
    const state = this.#state;
    const selector = this.#sysenterSelector();
    state.requirePrivilege();
    const cut = (place: number): bigint => (size === 64 ? state.get(place) : state.get(place) & 0xffff_ffffn);
    const [pointer, target] = [cut(rcx), cut(rdx)];
    require(state.isCanonical(pointer) && state.isCanonical(target));
    state.set(rsp, pointer);
    state.set(State.rip, target);
    const code = selector + (size === 64 ? 32 : 16);
    this.#setSegments(code | 3, (code + 8) | 3, 3, size);
  }

  #sysenterSelector(): number {
    const selector = this.#state.low(State.sysenterCs) & 0xffff;
    require(this.#state.isProtected && (selector & 0xfffc) !== 0);
    return selector;
  }

  #setSegments(code: number, stack: number, privilege: number, size: number): void {
    const level = rights.privilege * privilege;
    this.#set(Segment.cs, code, rights.code | level | (size === 64 ? rights.long : rights.big));
    this.#set(Segment.ss, stack, rights.data | level);
    this.#state.view.setUint32(State.cpl, privilege, true);
  }

  #set(segment: Segment, selector: number, itsRights: number): void {
    const { view } = this.#state;
    const place = segmentPlace(segment);
    view.setUint32(place + SegmentPart.selector, selector & 0xffff, true);
    view.setBigUint64(place + SegmentPart.base, 0n, true);
    view.setUint32(place + SegmentPart.limit, 0xffff_ffff, true);
    view.setUint32(place + SegmentPart.rights, itsRights, true);
  }
}
