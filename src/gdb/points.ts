/** Breakpoints and watchpoints as gdb asks for them: packets `Z` and `z`, appendix E.2. All are the processor's to find: no code is changed. */
import { type CpuState, gla, type Stop } from '../machine/index.ts';
import { numberOf } from './hex.ts';

/** By the packet's type: in software, in hardware, and of writes, reads and both. */
const kinds = ['swbreak', 'hwbreak', 'watch', 'rwatch', 'awatch'] as const;
type Kind = (typeof kinds)[number];
const watched = { watch: 'write', rwatch: 'read', awatch: 'access' } as const;

/** More than anybody sets; each access to memory goes through all that watch. */
const most = 1024;
const mostWatchedBytes = 4096n;

interface Point {
  readonly kind: Kind;
  readonly stop: Stop;
}

export class Points {
  readonly #points = new Map<string, Point>();

  /** False of what is none, or of one too many. */
  insert(text: string): boolean {
    const point = pointOf(text);
    if (point === undefined || this.#points.size >= most) return false;
    this.#points.set(keyOf(point), point);
    return true;
  }

  /** False of what is none; one that isn't there is gone already. */
  remove(text: string): boolean {
    const point = pointOf(text);
    if (point !== undefined) this.#points.delete(keyOf(point));
    return point !== undefined;
  }

  clear(): void {
    this.#points.clear();
  }

  get stops(): readonly Stop[] {
    return [...this.#points.values()].map(({ stop }) => stop);
  }

  /** Whether gdb doesn't see that it is at a breakpoint: it takes rip for the address, which it is only where the code segment begins at 0. */
  isHidden(state: CpuState): boolean {
    const linear = linearOf(state);
    return linear !== state.rip && this.stops.some(({ on, address }) => on === 'execute' && address === linear);
  }

  /** What the answer says of a stop: it ends with `;`. gdb takes a breakpoint that it doesn't find at rip for one that was removed, and goes on: then nothing is said. */
  reasonOf(stop: Stop, state: CpuState): string {
    if (stop.on !== 'execute') {
      const kind = (Object.keys(watched) as (keyof typeof watched)[]).find((one) => watched[one] === stop.on); // They are its keys.
      return `${kind ?? 'watch'}:${stop.address.toString(16)};`;
    }
    if (stop.address !== state.rip) return '';
    const kind = [...this.#points.values()].find((one) => one.stop.on === 'execute' && one.stop.address === stop.address)?.kind;
    return kind === undefined ? '' : `${kind}:;`;
  }
}

/** `type,address,kind`; conditions and commands are not offered, and not read. */
const pointOf = (text: string): Point | undefined => {
  const [type = '', address = '', length = ''] = text.split(/[,;]/);
  const kind = /^[0-4]$/.test(type) ? kinds[Number(type)] : undefined;
  const [at, bytes] = [numberOf(address), numberOf(length)];
  if (kind === undefined || at === undefined || bytes === undefined) return undefined;
  if (kind === 'swbreak' || kind === 'hwbreak') return { kind, stop: { on: 'execute', address: gla(at) } };
  if (bytes === 0n || bytes > mostWatchedBytes) return undefined;
  return { kind, stop: { on: watched[kind], address: gla(at), bytes: Number(bytes) } };
};

const keyOf = ({ kind, stop }: Point): string => `${kind} ${stop.address} ${stop.on === 'execute' ? '' : stop.bytes}`;

const longMode = 1 << 10;
const longCode = 0x2000;

/** Of the instruction at rip. */
const linearOf = ({ efer, cs, rip }: CpuState): bigint =>
  (efer & longMode) !== 0 && (cs.rights & longCode) !== 0 ? rip : BigInt.asUintN(32, cs.base + rip);
