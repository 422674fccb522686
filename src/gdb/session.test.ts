import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { gla } from '../machine/index.ts';
import { bytesOf, hexOf, littleValue } from './hex.ts';
import { Stage } from './stage/index.ts';

const real = { cr0: 0x10 } as const;
const register = (stage: Stage, number: number): bigint => littleValue(bytesOf(stage.ask(`p${number.toString(16)}`)) ?? new Uint8Array());
/** By their places in the description of x86-64. */
const Number64 = {
  rax: 0,
  rbx: 1,
  rsp: 7,
  r15: 15,
  rip: 16,
  eflags: 17,
  cs: 18,
  ds: 20,
  st0: 24,
  st1: 25,
  fstat: 33,
  ftag: 34,
  xmm0: 40,
} as const;

test('what is asked for is acknowledged until nobody wants that any more', () => {
  const stage = new Stage();
  deepEqual(stage.send('?'), ['+', 'T05thread:1;']);
  deepEqual(stage.send('QStartNoAckMode'), ['+', 'OK']);
  deepEqual(stage.send('?'), ['T05thread:1;']);
});

test('what isn’t known is answered with nothing', () => {
  const stage = new Stage();
  for (const packet of ['vMustReplyEmpty', 'qTStatus', 'jThreads', 'Qfoo', 'b', '']) equal(stage.ask(packet), '');
});

test('back it goes by one instruction, or to the last stop', () => {
  const stage = new Stage();
  match(stage.ask('qSupported'), /;ReverseStep\+;ReverseContinue\+$/);
  deepEqual(stage.send('bs'), ['+']);
  deepEqual([stage.backwards, stage.way?.step !== undefined], [1, true]);
  deepEqual(stage.stop({ why: 'begin' }), ['T05replaylog:begin;thread:1;']);
  stage.send('Z1,7c00,1');
  deepEqual(stage.send('bc'), ['+']);
  deepEqual(stage.way?.stops, [{ on: 'execute', address: gla(0x7c00n) }]);
  deepEqual(stage.stop({ why: 'end' }), ['T05replaylog:end;thread:1;']);
  equal(stage.ask('bx'), '');
});

test('the description comes in parts, and its registers have as many bytes as all of them are told in', () => {
  const stage = new Stage();
  let text = '';
  for (let isMore = true; isMore; ) {
    const part = stage.ask(`qXfer:features:read:target.xml:${text.length.toString(16)},200`);
    isMore = part.startsWith('m');
    text += part.slice(1);
  }
  match(text, /<architecture>i386:x86-64<\/architecture>/);
  const bits = [...text.matchAll(/<reg [^>]*bitsize="(\d+)"/g)].map(([, count]) => Number(count));
  equal(stage.ask('g').length, bits.reduce((sum, one) => sum + one, 0) / 4);
  const names = [...text.matchAll(/<reg name="([^"]*)"/g)].map(([, name]) => name);
  equal(new Set(names).size, names.length);
  for (const [name, number] of Object.entries(Number64)) equal(names[number], name);
  equal(stage.ask('qXfer:features:read:other.xml:0,200'), 'E00');
});

test('registers are read in gdb’s order, and one written is the one that is read', () => {
  const general = Array.from({ length: 16 }, (_, number) => BigInt(number + 1));
  const stage = new Stage({ general, rip: 0x1234n });
  deepEqual([register(stage, Number64.rax), register(stage, Number64.rbx), register(stage, Number64.rsp)], [1n, 4n, 5n]);
  equal(register(stage, Number64.rip), 0x1234n);
  equal(stage.ask('Pf=8877665544332211'), 'OK');
  equal(stage.state.general[15], 0x1122334455667788n);
  equal(stage.ask('Pf=88'), 'E22');
  equal(stage.ask('pfff'), 'E22');
});

test('all registers are written as they were read, and nothing changes', () => {
  const stage = new Stage({ flags: 0x246 });
  const before = stage.state;
  const all = stage.ask('g');
  equal(stage.ask(`G${all}`), 'OK');
  deepEqual(stage.state, before);
});

test('what no processor can have is refused, and the registers stay', () => {
  const stage = new Stage();
  stage.isFit = false;
  equal(stage.ask('P0=0100000000000000'), 'E22');
  equal(stage.state.general[0], 0n);
});

test('a selector in real-address mode moves its segment', () => {
  const stage = new Stage(real);
  equal(stage.ask('P14=00b80000'), 'OK');
  deepEqual([stage.state.ds.selector, stage.state.ds.base], [0xb800, 0xb8000n]);
});

test('a selector in protected mode loads its descriptor, and none where there is none', () => {
  const stage = new Stage({ cr0: 0x11, gdtr: { base: 0x1000n, limit: 23 } });
  // Code and data of SDM Vol. 3A, figure 3-8: data from 12345678h on, of 4 GiB.
  stage.put(0x1010, [0xff, 0xff, 0x78, 0x56, 0x34, 0x92, 0xcf, 0x12]);
  equal(stage.ask('P14=10000000'), 'OK');
  deepEqual(stage.state.ds, { selector: 0x10, base: 0x12345678n, limit: 0xffff_ffff, rights: 0xc093 });
  equal(stage.ask('P14=08000000'), 'E22');
  equal(stage.ask('P14=18000000'), 'E22');
  equal(stage.ask('P14=00000000'), 'OK');
  equal(stage.state.ds.rights, 0);
});

test('x87 registers are told from the top on, with the tags of FSAVE', () => {
  const one = 0x3fff_8000_0000_0000_0000n;
  const { x87 } = new Stage().state;
  const registers = x87.registers.map((_, number) => (number === 6 ? one : 0n));
  // The top is 6: 6 and 7 are full, the latter a zero.
  const stage = new Stage({ x87: { ...x87, status: 6 << 11, full: 0xc0, registers } });
  equal(register(stage, Number64.st0), one);
  equal(register(stage, Number64.st1), 0n);
  equal(register(stage, Number64.ftag), 0x4fffn);
  equal(stage.ask('P19=0000000000000080ff3f'), 'OK');
  equal(stage.state.x87.registers[7], one);
  equal(stage.ask('P22=ffff0000'), 'OK');
  equal(stage.state.x87.full, 0);
});

test('the low half of a vector is written, and the high half stays', () => {
  const { vectors } = new Stage().state;
  const stage = new Stage({ vectors: vectors.map(() => (7n << 128n) | 1n) });
  equal(stage.ask(`P28=${'02'.padEnd(32, '0')}`), 'OK');
  equal(stage.state.vectors[0], (7n << 128n) | 2n);
});

test('memory is read as far as it goes, and written in digits and in bytes', () => {
  const stage = new Stage();
  equal(stage.ask('M1000,4:01020304'), 'OK');
  equal(stage.ask('X1004,3:#$}'), 'OK');
  equal(stage.ask('m1000,7'), '0102030423247d');
  equal(stage.ask('mfffe,8'), '0000');
  equal(stage.ask('m10000,8'), 'E0e');
  equal(stage.ask('M10000,1:00'), 'E0e');
  for (const packet of ['M1000,4:0102', 'M1000:01', 'mxyz,4', 'm1000', 'X1000,9:a', 'M1000,1:zz']) equal(stage.ask(packet), 'E16');
  equal(stage.ask('X1000,0:'), 'OK');
});

test('breakpoints and what is watched go with the machine, and are told by their kinds', () => {
  const stage = new Stage({ rip: 0x100n });
  for (const packet of ['Z0,100,1', 'Z1,200,1', 'Z2,300,4', 'Z3,400,2', 'Z4,500,1', 'Z1,600,1']) equal(stage.ask(packet), 'OK');
  equal(stage.ask('z1,600,1'), 'OK');
  deepEqual(stage.send('vCont;c:1'), ['+']);
  const stops = [
    { on: 'execute', address: gla(0x100n) },
    { on: 'execute', address: gla(0x200n) },
    { on: 'write', address: gla(0x300n), bytes: 4 },
    { on: 'read', address: gla(0x400n), bytes: 2 },
    { on: 'access', address: gla(0x500n), bytes: 1 },
  ] as const;
  deepEqual(stage.way, { stops, isPastFirst: false, step: undefined });
  const told = ['T05swbreak:;thread:1;', 'T05thread:1;', 'T05watch:300;thread:1;', 'T05rwatch:400;thread:1;', 'T05awatch:500;thread:1;'];
  for (const [index, stop] of stops.entries()) deepEqual(stage.stop({ why: 'stop', stop }), [told[index]]);
});

test('where rip isn’t the address, gdb isn’t told of a breakpoint that it wouldn’t find, and goes on past it', () => {
  const { cs } = new Stage().state;
  const stage = new Stage({ ...real, cs: { ...cs, base: 0xf0000n, selector: 0xf000 }, rip: 0xe05bn });
  equal(stage.ask('Z0,fe05b,1'), 'OK');
  deepEqual(stage.stop({ why: 'stop', stop: { on: 'execute', address: gla(0xfe05bn) } }), ['T05thread:1;']);
  stage.send('c');
  equal(stage.way?.isPastFirst, true);
});

test('steps, ranges and jumps are told the machine', () => {
  const stage = new Stage();
  for (const packet of ['s', 'S05', 'vCont;s:1;c', 'vCont;S05:1']) {
    deepEqual(stage.send(packet), ['+']);
    deepEqual(stage.way?.step, { from: 0n, to: 0n });
  }
  stage.send('vCont;r1000,1010:1');
  deepEqual(stage.way?.step, { from: 0x1000n, to: 0x1010n });
  stage.send('c4000');
  equal(stage.state.rip, 0x4000n);
  equal(stage.way?.step, undefined);
  equal(stage.ask('cxyz'), 'E16');
});

test('Ctrl-C asks the machine, which says that it was asked', () => {
  const stage = new Stage();
  stage.raw(Uint8Array.of(3));
  equal(stage.asked, 1);
  deepEqual(stage.stop({ why: 'asked' }), ['T02thread:1;']);
  equal(stage.ask('?'), 'T02thread:1;');
});

test('a triple fault is a signal, and says what it is', () => {
  const stage = new Stage();
  const [said = '', signal] = stage.stop({ why: 'shutdown' });
  equal(said[0], 'O');
  match(Buffer.from(said.slice(1), 'hex').toString(), /triple fault/);
  equal(signal, 'T0bthread:1;');
});

test('who goes leaves the machine running, who kills ends it, and nothing is answered behind', () => {
  const gone = new Stage();
  equal(gone.ask('D'), 'OK');
  deepEqual(gone.ends, ['leave']);
  const killed = new Stage();
  killed.ask('k');
  deepEqual(killed.ends, ['kill']);
  deepEqual(killed.send('?'), []);
});

test('the end of the machine is told with its status', () => {
  const stage = new Stage();
  deepEqual(stage.end(3), ['W03']);
});

test('monitor presses the reset button, and says what it can', () => {
  const stage = new Stage();
  equal(stage.ask(`qRcmd,${hexOf(Buffer.from('reset'))}`), 'OK');
  deepEqual(stage.ends, ['reset']);
  match(Buffer.from(stage.ask(`qRcmd,${hexOf(Buffer.from('help'))}`), 'hex').toString(), /reset/);
});

test('no more breakpoints are kept than anybody sets', () => {
  const stage = new Stage();
  const answers = Array.from({ length: 1025 }, (_, number) => stage.ask(`Z0,${number.toString(16)},1`));
  deepEqual([answers[1023], answers[1024]], ['OK', 'E1c']);
});
