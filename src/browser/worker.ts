/** The worker in which a computer runs: it takes a page's messages and answers with what the computer says and shows. */
import { linesOf } from '../terminal/index.ts';
import { Machine } from './machine.ts';
import { TabMedia } from './media.ts';
import type { FromWorker, Plan, ToWorker } from './messages.ts';
import { placeOf } from './store/handle.ts';
import { saveTo } from './store/saves.ts';
import { browserTimers } from './time.ts';

/** Twenty pictures a second at the most: to draw one takes the computer's own time. */
const pictureMs = 50;
/** What was written lasts after so long, also where a guest never asks for it: many systems don't know of caches. */
const lingersMs = 1000;

let machine: Machine | undefined;
let place = '';
let shown = Promise.withResolvers<void>();

const tell = (message: FromWorker, transfer: Transferable[] = []): void => postMessage(message, { transfer });

const boot = async (plan: Plan): Promise<void> => {
  let media: TabMedia | undefined;
  try {
    media = await TabMedia.open(plan, (sentence) => tell({ what: 'said', sentence }));
    tell({ what: 'kept', disks: media.kept });
    machine = new Machine(plan, media);
  } catch (error) {
    media?.close();
    tell({ what: 'end', code: 1, why: error instanceof Error ? error.message : String(error) });
    return;
  }
  place = plan.place ?? 'isola';
  tell({ what: 'running' });
  const timer = setInterval(() => {
    const disks = machine?.settle();
    if (disks !== undefined) tell({ what: 'kept', disks });
  }, lingersMs);
  const [end] = await Promise.all([machine.run(), show(machine), speak(machine), listen(machine)]);
  clearInterval(timer);
  machine = undefined;
  tell({ what: 'end', ...end });
};

/** One after another. */
let saving = Promise.resolve();
const save = async (): Promise<void> => {
  try {
    const bytes = await saveTo(await placeOf(place), () => machine?.saved() ?? []);
    tell({ what: 'saved', bytes });
  } catch (error) {
    tell({ what: 'said', sentence: `it was not saved: ${error instanceof Error ? error.message : String(error)}` });
  }
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
    case 'save':
      saving = saving.then(save);
      break;
    case 'off':
      machine?.off();
      break;
    default:
      data satisfies never;
  }
});
