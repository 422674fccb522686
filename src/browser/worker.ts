/** The worker in which a computer runs: it takes a page's messages and answers with what the computer says and shows. */
import { linesOf } from '../terminal/index.ts';
import { Machine } from './machine.ts';
import type { FromWorker, Plan, ToWorker } from './messages.ts';
import { browserTimers } from './time.ts';

/** Twenty pictures a second at the most: to draw one takes the computer's own time. */
const pictureMs = 50;

let machine: Machine | undefined;
let shown = Promise.withResolvers<void>();

const tell = (message: FromWorker, transfer: Transferable[] = []): void => postMessage(message, { transfer });

const boot = async (plan: Plan): Promise<void> => {
  try {
    machine = new Machine(plan);
  } catch (error) {
    tell({ what: 'end', code: 1, why: error instanceof Error ? error.message : String(error) });
    return;
  }
  tell({ what: 'running' });
  const [end] = await Promise.all([machine.run(), show(machine), speak(machine), listen(machine)]);
  tell({ what: 'end', ...end });
};

const show = async ({ monitor }: Machine): Promise<void> => {
  for await (const screen of monitor.screens) {
    const { width, height, rgba } = monitor.picture();
    // A picture is made anew each time, in memory that nobody else has.
    const own = rgba as Uint8Array<ArrayBuffer>;
    shown = Promise.withResolvers();
    tell({ what: 'screen', width, height, rgba: own, lines: linesOf(screen) }, [own.buffer]);
    await Promise.all([shown.promise, new Promise<void>((resolve) => void browserTimers.after(pictureMs, resolve))]);
  }
};

const listen = async ({ mouse }: Machine): Promise<void> => {
  for await (const isHeard of mouse.heard) tell({ what: 'heard', isHeard });
};

const speak = async ({ output }: Machine): Promise<void> => {
  for await (const bytes of output) tell({ what: 'sent', bytes }, [bytes.buffer]);
};

addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  switch (data.what) {
    case 'boot':
      // A defect in it is the worker's error, which the page hears of.
      boot(data.plan).catch((error: unknown) => reportError(error));
      break;
    case 'type':
      machine?.keyboard.type(data.strokes);
      break;
    case 'move':
      machine?.mouse.move(data.movement);
      break;
    case 'send':
      machine?.send(data.bytes);
      break;
    case 'shown':
      shown.resolve();
      break;
    case 'off':
      machine?.off();
      break;
    default:
      data satisfies never;
  }
});
