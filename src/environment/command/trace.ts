/** What is written down of a computer that runs, and where to. */
import { Refusal } from '../refusal.ts';

export const traceKinds = ['instructions', 'interrupts', 'ports', 'mmio', 'msrs'] as const;
export type TraceKind = (typeof traceKinds)[number];

export interface TraceChoice {
  /** `-` is standard error. */
  readonly path: string;
  readonly kinds: ReadonlySet<TraceKind>;
  /** Linear addresses of instructions before which it begins and ends; from the start on, and to the end, where there is none. */
  readonly from: bigint | undefined;
  readonly until: bigint | undefined;
  /** Lines at most. */
  readonly count: number | undefined;
  /** Instructions elsewhere are not written: first and last linear address. */
  readonly within: readonly [first: bigint, last: bigint] | undefined;
}

const form = `write a file, and after commas what of: ${traceKinds.join(', ')}, all; from=ADDRESS, until=ADDRESS, in=FIRST-LAST, count=LINES`;
const highest = 2n ** 64n - 1n;

/** `FILE[,WHAT…]` */
export const parseTrace = (text: string): TraceChoice => {
  const wrong = (): never => {
    throw new Refusal('malformed-value', ['--trace', text, form]);
  };
  const address = (written: string): bigint => {
    const value = /^(0x[\da-f]+|\d+)$/i.test(written) ? BigInt(written) : wrong();
    return value <= highest ? value : wrong();
  };
  const [path = '', ...words] = text.split(',');
  if (path === '') wrong();
  const kinds = new Set<TraceKind>();
  const limits: Partial<{ -readonly [K in 'from' | 'until']: bigint }> = {};
  let [count, within]: [number | undefined, TraceChoice['within']] = [undefined, undefined];
  for (const word of words) {
    const [, name, value = ''] = /^(from|until|count|in)=(.+)$/.exec(word) ?? [];
    const kind = traceKinds.find((one) => one === word);
    if (kind !== undefined) kinds.add(kind);
    else if (word === 'all') for (const one of traceKinds) kinds.add(one);
    else if (name === 'from' || name === 'until') limits[name] = address(value);
    else if (name === 'count') count = /^[1-9]\d{0,14}$/.test(value) ? Number(value) : wrong();
    else if (name === 'in') {
      const [first = '', last = ''] = value.split('-', 2);
      within = [address(first), address(last)];
      if (within[1] < within[0]) wrong();
    } else wrong();
  }
  if (kinds.size === 0) for (const one of ['instructions', 'interrupts'] as const) kinds.add(one);
  return { path, kinds, from: limits.from, until: limits.until, count, within };
};
