/** What the x87 control word asks of arithmetic: SDM Vol. 1, 8.1.5 and 8.5. */
import { Environment, extended, type Format, indefinite, isSignalling, partsOf, quiet } from '../float/format.ts';
import { Mxcsr } from '../state.ts';

/** Significands by the precision that PC names; 1 is reserved, and as good as 3. */
const precisions = [24, 64, 53, 64] as const;

/** By how much exponents of results are moved that are told of unmasked: SDM Vol. 1, 8.5.4. */
const bias = 24_576;

export class X87Environment extends Environment {
  readonly #precision: number;

  /** Only sums, products, quotients and square roots heed PC. */
  constructor(control: number, heedsPrecision = false) {
    super(((control & 0x3f) << 7) | (((control >> 10) & 3) << 13));
    this.#precision = heedsPrecision ? (precisions[(control >> 8) & 3] ?? 64) : 64;
  }

  get flags(): number {
    return this.mxcsr & Mxcsr.flags;
  }

  override precisionOf(format: Format): number {
    return format === extended ? this.#precision : format.precision;
  }

  override rebaseOf(format: Format): number | undefined {
    return format === extended ? bias : undefined;
  }

  /** Stores don't. */
  override tellsDenormal(from: Format): boolean {
    return from !== extended;
  }

  /** A quiet NaN rather than a signalling one, else that of the larger significand, else the positive one: SDM Vol. 1, table 4-7. */
  override nanOf(format: Format, a: bigint, b: bigint): bigint | undefined {
    const all = [a, b].map((bits) => ({ bits, parts: partsOf(format, bits), significand: BigInt.asUintN(64, bits) }));
    if (all.some(({ parts }) => parts.kind === 'unsupported')) {
      this.raise(Mxcsr.ie);
      return indefinite(format);
    }
    const nans = all.filter(({ parts }) => parts.kind === 'nan');
    const quiets = nans.filter(({ parts }) => !isSignalling(parts));
    if (quiets.length < nans.length) this.raise(Mxcsr.ie);
    const [first, second] = quiets.length === 1 ? quiets : nans;
    if (first === undefined) return undefined;
    if (second === undefined) return quiet(format, first.bits);
    const isSecond = second.significand > first.significand || (second.significand === first.significand && first.parts.sign === 1);
    return quiet(format, (isSecond ? second : first).bits);
  }
}
