/** Which legacy vector instructions VEX has, and how. */
import type { Op } from '../../op.ts';
import { cipher } from '../cipher.ts';
import { compare } from '../compare.ts';
import { convert } from '../convert.ts';
import { float } from '../float.ts';
import { integer } from '../integer.ts';
import { logic } from '../logic.ts';
import { move } from '../move.ts';
import { shift } from '../shift.ts';
import { shuffle } from '../shuffle.ts';
import { string } from '../string.ts';
import { apart } from './apart.ts';
import { type Kin, withVex } from './derive.ts';

/** Made of one source, though written with the words of those of two. */
const single = new Set<unknown>(['pshufd', 'pshufhw', 'pshuflw', 'aeskeygenassist', 'sqrtps', 'sqrtpd', 'rsqrtps', 'rcpps']);

/** Of 128 bits alone. */
const short =
  /^(movlps|movlpd|movhps|movhpd|movhlps|movlhps|maskmovdqu|ldmxcsr|stmxcsr|phminposuw|dppd|insertps|extractps|pinsr|pextr|pclmul|aes|pcmp[ei]str)/;

/** Of the lowest lane alone, whatever the length. */
const scalar = /^(add|sub|mul|div|min|max|sqrt|rsqrt|rcp|cmp|comi|ucomi|round)s[sd]$|^(u?comis[sd]|cvt.*s[sd]2s[sdi]|cvtsi2s[sd])$/;

/** Stand aligned in memory, after VEX too. */
const aligned = /^mov(ap[sd]|dqa|nt.*)$/;

/** Written anew in ./apart.ts, or not there. */
const elsewhere = /^(movss|movsd|movlp[sd]|movmsk|pmovmskb|ptest|cmpp[sd]|cmps[sd]|movnti$|blendvp|pblendvb|lanes by size|dpps)/;

const wide: Readonly<Record<string, Partial<Kin>>> = {
  movddup: { wide: 'Vqq, Wqq' },
  shufpd: { immediateShift: 2 },
  blendps: { immediateShift: 4 },
  blendpd: { immediateShift: 2 },
  mpsadbw: { immediateShift: 3 },
  cvtpd2ps: { wide: 'Vdq, Wqq' },
  cvtpd2dq: { wide: 'Vdq, Wqq' },
  cvttpd2dq: { wide: 'Vdq, Wqq' },
};

const nameOf = ({ name, rows }: Op): string =>
  typeof name === 'string' ? name : rows.some((row) => row.includes(' 0F3A ')) ? 'lanes by size' : 'movd';

const kinOf = (name: string, isFloat: boolean): Kin => {
  if (scalar.test(name)) return { lengths: 'LIG' };
  const isWidening = /^pmov[sz]x/.test(name);
  const codes = isWidening ? { wide: `Vqq, W${widened[name.slice(-2)]}` } : {};
  return { lengths: short.test(name) || name === 'movd' || name === 'movq' ? 'L0' : 'both', isFloat, ...wide[name], ...codes };
};

/** Codes of sources that are widened to 256 bits. */
const widened: Readonly<Record<string, string>> = { bw: 'dq', bd: 'q', bq: 'd', wd: 'dq', wq: 'q', dq: 'dq' };

const derived = (ops: readonly Op[], isFloat = false): readonly Op[] =>
  ops
    .filter((one) => !elsewhere.test(nameOf(one)))
    .flatMap((one) => {
      const name = nameOf(one);
      const rows = aligned.test(name)
        ? one.rows.map((row) => (row.split('|').length > 2 ? `${row} aligned` : `${row} | aligned`))
        : one.rows;
      const legacy = single.has(one.name) ? { ...one, rows, isCombining: false } : { ...one, rows };
      return withVex(legacy, kinOf(name, isFloat));
    });

/** In the families of the legacy instructions. */
export const legacyWithVex = {
  vexMove: [...derived(move), ...apart.move],
  vexLogic: [...derived(logic), ...apart.logic],
  vexInteger: derived(integer),
  vexShift: derived(shift),
  vexShuffle: [...derived(shuffle), ...apart.shuffle],
  vexFloat: [...derived(float, true), ...apart.float],
  vexCompare: [...derived(compare, true), ...apart.compare],
  vexConvert: derived(convert, true),
  vexString: derived(string),
  vexCipher: derived(cipher),
} as const satisfies Record<string, readonly Op[]>;
