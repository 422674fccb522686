/** What any debugger may send, whole packets and torn ones: the session answers in whole packets and keeps its state within the schema; nothing throws. */
import { type Architecture, architectures } from '../../src/gdb/index.ts';
import { Frames, framed } from '../../src/gdb/packet.ts';
import { Stage } from '../../src/gdb/stage/index.ts';
import { gla } from '../../src/machine/index.ts';
import { mutate, pick, type Random, runAlone } from '../mutation.ts';

const packets = [
  ...[
    '?',
    'g',
    'p0',
    'p10',
    'P12=10000000',
    'P14=00b80000',
    'P22=ffff0000',
    'P28=01000000000000000000000000000000',
    'm1000,100',
    'mfffe,ffffffff',
  ],
  ...[
    'M1000,4:01020304',
    'X1000,4:abcd',
    'Z0,1000,1',
    'Z1,1000,1',
    'Z2,2000,4',
    'Z3,2000,8',
    'Z4,0,1',
    'z0,1000,1',
    'z2,2000,4',
    'c',
    'c1000',
    's',
    'C05;1000',
    'S05',
  ],
  ...[
    'bs',
    'bc',
    'bx',
    'vCont?',
    'vCont;c',
    'vCont;s:1;c',
    'vCont;r1000,1010:1',
    'vMustReplyEmpty',
    'QStartNoAckMode',
    'Hg0',
    'T1',
    'D',
    'k',
    'vKill;1',
  ],
  ...[
    'qSupported:xmlRegisters=i386',
    'qXfer:features:read:target.xml:0,ffb',
    'qfThreadInfo',
    'qsThreadInfo',
    'qC',
    'qAttached',
    'qRcmd,7265736574',
    'qSymbol::',
  ],
];
const words = ['$', '#', '}', '*', '\x03', '-', '+', ',', ':', ';', '=', 'ffffffffffffffff', '0', 'vCont', 'Z', 'G'].map((word) =>
  Buffer.from(word),
);
const names = Object.keys(architectures) as Architecture[]; // They are its keys.

export const session = (random: Random): void => {
  const stage = new Stage(
    { cr0: pick(random, [0x10, 0x11]), gdtr: { base: BigInt(random(2 ** 17)), limit: random(2 ** 16) } },
    pick(random, names),
  );
  for (let sent = 1 + random(12); sent > 0; sent--) {
    const whole = framed(pick(random, packets));
    const bytes =
      random(3) === 0
        ? whole
        : random(2) === 0
          ? mutate(random, whole, words)
          : framed(Buffer.from(mutate(random, whole, words)).toString('latin1'));
    stage.isFit = random(4) !== 0;
    checkAnswers(stage.raw(bytes));
    if (random(4) === 0) checkAnswers(stage.stop({ why: 'stop', stop: { on: 'execute', address: gla(BigInt(random(2 ** 16))) } }));
  }
};

/** Each is a packet that comes out of its frame, or an acknowledgement. */
const checkAnswers = (answers: readonly string[]): void => {
  for (const answer of answers) {
    if (answer === '+' || answer === '-') continue;
    const [again] = new Frames().take(framed(answer));
    if (typeof again !== 'object' || again.packet !== answer) throw new Error(`${JSON.stringify(answer)} is no packet`);
    if (/undefined|NaN/.test(answer)) throw new Error(`${JSON.stringify(answer)} is told`);
  }
};

if (import.meta.main) runAlone('session', session);
