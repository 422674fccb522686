/** The process of an emulated machine that is an environment: the computer, and what leads in and out of it, until it is off. */
import { appendFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Drive, EvenTime, Outgoing } from '../../desk/index.ts';
import { type Call, Refusal, UndoScope, whenAborted } from '../../environment/index.ts';
import { pour } from '../../guest/streams.ts';
import { fence } from '../../host/kernel/fence.ffi.ts';
import { emptyPages } from '../../host/kernel/heap.ffi.ts';
import { canExecuteDirectly } from '../../host/native/check.ts';
import { instant } from '../../machine/index.ts';
import { type Answering, openControl } from '../control/index.ts';
import { Direct } from '../engine/direct.ts';
// Evaluated when it is first used.
import * as kernels from '../engine/kernels.ts';
import { Processors } from '../engine/processors.ts';
import { connected, FilesLine, openNetwork } from '../line/index.ts';
import { spareMachine } from '../outset.ts';
import { Snapshot } from '../snapshot/index.ts';
import { HostSockets } from '../socket/index.ts';
import { stuck } from '../stuck.ts';
import { Tidying, thinOut } from '../tidy.ts';
import { hostTime, hostTimers } from '../time.ts';
import { computerOf } from './computer.ts';
import { factsOf, type MachineDescription, readDescription } from './description.ts';
import { Ending } from './ending.ts';
import { beginWithCode, keepCode } from './known-code.ts';
import { Lending } from './lending.ts';
import { Moments } from './moments.ts';
import { restDisk } from './rest-disk.ts';
import { RootDisk } from './root-disk.ts';
import { append, typing } from './streams.ts';
import { Switching } from './switching.ts';
import { Undertaking } from './undertaking.ts';
import { Watch } from './watch.ts';

/** What a file describes. Returns the exit status. */
export const runMachine = async (path: string, { signal }: Pick<Call, 'signal'>): Promise<number> => {
  const description = readDescription(path);
  if (description.kind === 'machine') return saying(description, () => run(description, signal));
  if (description.kind === 'rooted') await (await import('./rooted.ts')).saveRooted(description, signal);
  else await (await import('./outset.ts')).saveOutset(description, signal);
  return 0;
};

/** Why it can't begin is written where its kernel speaks: whoever starts it looks there. */
const saying = async ({ kernelLog }: MachineDescription, work: () => Promise<number>): Promise<number> => {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal) appendFileSync(kernelLog, `isola: ${error.message}\n`);
    throw error;
  }
};

/** 0 where it switched itself off, 129 where it is to begin anew, which is its keeper's business; 1 where it ended otherwise. */
const run = async (description: MachineDescription, signal: Call['signal']): Promise<number> => {
  await using scope = new UndoScope();
  let drive: Drive | undefined;
  const wake = (): void => drive?.wake();
  const say = (sentence: string): void => void process.stderr.write(`isola: ${sentence}\n`);
  const ends = description.cables.map((path) => ({
    end: { kind: 'unix', path, isServer: false, isAwaited: false } as const,
    mac: undefined,
  }));
  const network = await openNetwork({ network: ends }, { signal, say, scope, wake });
  const volumes = new FilesLine(wake);
  if (description.files !== null) await connected({ kind: 'unix', path: description.files, isServer: false, isAwaited: false }, volumes);
  scope.defer(() => volumes.close());
  const root = new RootDisk(description);
  scope.defer(() => root[Symbol.dispose]());
  const lines = [new Outgoing(), new Outgoing(), new Outgoing()] as const;
  for (const line of lines) line.onRoom = wake;
  const [out, error, log] = lines;
  const poured = Promise.all([pour(out, process.stdout), pour(error, process.stderr), append(log, description.kernelLog)]);
  const snapshot = new Snapshot(description.from);
  scope.defer(() => snapshot[Symbol.dispose]());
  const since = hostTime();
  const time = new EvenTime(() => instant(snapshot.at + since()), false);
  const sockets = new HostSockets(wake);
  const ending = new Ending(description, () => drive?.stop());
  // From its fence on nothing is opened.
  const kvm = description.kvm === null ? 'it was switched on without /dev/kvm' : kernels.openKvm(description.kvm);
  const direct = mayRunDirectly(description) ? new Direct(description.processor === 'direct', say) : undefined;
  scope.defer(() => direct?.[Symbol.dispose]());
  const pc = computerOf(description, {
    programs: direct?.make,
    now: time.now,
    disks: [root, restDisk(description.rest)],
    cables: network.plan.map(({ cable }) => cable),
    files: volumes.server,
    lines,
    start: ending.anew,
    balloon: { released: (bytes) => (direct === undefined ? emptyPages(bytes) : direct.release(bytes)), lent: () => lending.moved() },
    sockets,
    panicked: ending.panicked,
    isLearning: description.learns !== null,
  });
  // Whoever started this process has looked at a moment by its signature; what all begin with is the store's own.
  snapshot.restore(pc, { facts: factsOf(description), isMapped: direct?.isShared !== true, isChecked: true });
  if (description.learns !== null) pc.emulated?.code.keepAll();
  const processors = new Processors(pc, { direct, kvm: () => kvm, say });
  scope.defer(() => processors[Symbol.dispose]());
  if (description.code !== null && description.processor !== 'kvm') beginWithCode(description.code, pc);
  // Who was there then is nobody's other end now.
  if (description.goesOn) pc.sockets?.cut();
  const listening = await sockets.listen(description.sockets);
  scope.defer(() => listening[Symbol.dispose]());
  const undertaking = new Undertaking();
  const moments = new Moments({ pc, root, from: snapshot, shared: () => direct?.pages, undertaking }, description);
  scope.defer(() => moments[Symbol.asyncDispose]());
  const lending = new Lending(pc, description.memoryBytes);
  scope.defer(() => lending[Symbol.dispose]());
  const switching = new Switching(processors, wake, undertaking);
  scope.defer(() => switching[Symbol.dispose]());
  const answering = (order: string): Answering =>
    order.startsWith('memory') ? lending : order.startsWith('processor') ? switching : moments;
  const control = await openControl(description.control, { answer: (order, tell) => answering(order).answer(order, tell) }, wake);
  scope.defer(() => control[Symbol.dispose]());
  const [console] = pc.chips.serial;
  const keys = console && typing(console, wake);
  scope.defer(() => keys?.close());
  if (description.processor === 'kvm') takeKernels(processors, say);
  const tidying = new Tidying(() => thinOut(pc));
  scope.defer(() => tidying[Symbol.dispose]());
  time.follow(pc);
  const driven = new Drive(processors, hostTimers, time);
  drive = driven;
  whenAborted(signal, () => driven.stop());
  confine(description);
  const watch = new Watch(pc);
  using _ = spareMachine();
  const end = await driven.run({
    feed: () => {
      let isFed = keys?.feed() ?? false;
      if (network.feed(pc.network)) isFed = true;
      if (pc.sockets !== undefined && sockets.feed(pc.sockets)) isFed = true;
      for (const card of pc.files) if (volumes.feed(card)) isFed = true;
      for (const uart of pc.chips.serial.slice(1)) uart.release();
      return isFed;
    },
    look: (pause) => {
      network.send();
      ending.seen(watch.look(pause));
    },
    worked: tidying.worked,
  });
  if (description.learns !== null) keepCode(description.learns, pc, snapshot);
  for (const line of lines) line.close();
  await poured;
  if (!root.close()) say('what it wrote last to its disk is lost: is the host’s disk full?');
  if (end?.why === 'stuck') ending.seen('crash', stuck(pc, end.exit));
  return ending.tell();
};

/** Those that others go on from run none, and those that soon are gone aren't taken to another processor. */
const mayRunDirectly = ({ processor, learns, isFleeting }: MachineDescription): boolean =>
  processor === 'direct' || (learns === null && !isFleeting && canExecuteDirectly().ok);

/** Where it can't, the next best carries out its instructions. */
const takeKernels = (processors: Processors, say: (sentence: string) => void): void => {
  const why = processors.take('kvm');
  if (why === undefined) return;
  processors.take('direct');
  say(`its processor is ${processors.present}, not by KVM: ${why}`);
};

/**
 * Before its first instruction: all that leads in and out is there. Node's own permissions (--permission) would be no more than that, hold for scripts alone, and take fdatasync(2) away (Node 26: "API is
 * disabled"), without which nothing flushed is kept.
 */
const confine = ({ control, root, layers, moment }: MachineDescription): void => void fence([dirname(control), root, layers, moment]);
