/** The page: its elements, and the computer that they belong to. index.html has them. */
import type { PageOffer } from '../../environment/index.ts';
import { Computer } from '../computer.ts';
import type { Kept, Plan } from '../messages.ts';
import { type Choice, isOwnIn, offer, planOf, snapshotAt } from './files.ts';
import { discard, download, place, saved } from './kept.ts';
import { PointerView } from './pointer.ts';
import { ScreenView } from './screen.ts';
import { SerialView } from './serial.ts';

const mib = 1024 ** 2;
/** Who doesn't say twice that something is to be gone within this didn't mean it. */
const doubtMs = 4000;

const element = <T extends HTMLElement>(id: string, kind: new () => T): T => {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${id}`);
  return found;
};

const buttons = Object.fromEntries(
  ['power', 'reset', 'save', 'restore', 'download', 'discard'].map((id) => [id, element(id, HTMLButtonElement)]),
) as Record<'power' | 'reset' | 'save' | 'restore' | 'download' | 'discard', HTMLButtonElement>; // By these names.
const [status, news, kept] = [element('status', HTMLElement), element('news', HTMLElement), element('kept', HTMLElement)];
const [memory, commandLine] = [element('memory', HTMLInputElement), element('append', HTMLInputElement)];
const file = (id: string): File | undefined => element(id, HTMLInputElement).files?.[0];

/** What is served with the page, once it is here. */
let offered: PageOffer | undefined;
let computer: Computer | undefined;
/** Settled when the computer is off. */
let off = Promise.withResolvers<void>();
let [keeps, isSaved] = [[] as readonly Kept[], false];
const screen = new ScreenView(element('screen', HTMLCanvasElement), (strokes) => computer?.type(strokes));
const pointer = new PointerView(element('screen', HTMLCanvasElement), (movement) => computer?.move(movement));
let serial: SerialView | undefined;

const tell = (state: 'off' | 'loading' | 'running' | 'failed', text: string): void => {
  document.body.dataset['state'] = state;
  status.textContent = text;
  buttons.power.textContent = state === 'running' ? 'Switch off' : 'Switch on';
  const isLoading = state === 'loading';
  buttons.power.disabled = isLoading;
  buttons.reset.disabled = buttons.save.disabled = state !== 'running';
  buttons.restore.disabled = isLoading || (!isSaved && (offered?.restore ?? file('snapshot')) === undefined);
  buttons.download.disabled = !isSaved;
  buttons.discard.disabled = isLoading;
};

const tellKept = (): void => {
  const disks = keeps.map(({ name, bytes }) => `${name}, ${(bytes / mib).toFixed(1)} MiB`);
  const words = [...disks, ...(isSaved ? ['a saved computer'] : [])].join(' · ');
  kept.textContent = words === '' ? '' : `Kept in this browser: ${words}`;
  tell((document.body.dataset['state'] ?? 'off') as 'off', status.textContent ?? ''); // Nobody else sets it.
};

const choice = (): Choice => ({
  memoryBytes: Number(memory.value) * mib,
  commandLine: commandLine.value,
  files: { kernel: file('kernel'), ramdisk: file('ramdisk'), disk: file('disk'), cd: file('cd'), floppy: file('floppy') },
});

/** What it goes on from, if anything: a file that is chosen before what was saved here, and that before what was served. */
const snapshot = async (): Promise<Plan['restore']> => {
  const chosen = file('snapshot');
  if (chosen !== undefined) return { name: chosen.name, from: chosen };
  return (await saved()) ?? (offered?.restore === undefined || isOwnIn(choice().files) ? undefined : await snapshotAt(offered.restore));
};

const on = async (isRestored: boolean): Promise<void> => {
  tell('loading', 'fetching its files …');
  news.textContent = '';
  off = Promise.withResolvers();
  try {
    offered ??= await offer();
    const restore = isRestored ? await snapshot() : undefined;
    const plan = { ...(await planOf(offered, choice())), place, restore };
    tell('loading', restore === undefined ? 'making the processor …' : `going on from ${restore.name} …`);
    const fresh = element('serial', HTMLElement).cloneNode() as HTMLElement; // A clone is what it is a clone of.
    element('serial', HTMLElement).replaceWith(fresh);
    serial = new SerialView(fresh, (bytes) => computer?.send(bytes));
    computer = new Computer(plan, {
      running: () => {
        const how = restore === undefined ? 'running' : `running, from ${restore.name}`;
        tell('running', `${how}; click the screen or the terminal to type`);
      },
      sent: (bytes) => serial?.receive(bytes),
      screen: (shown) => screen.show(shown),
      heard: (isHeard) => {
        pointer.isHeard = isHeard;
      },
      said: (sentence) => {
        news.textContent = sentence;
      },
      saved: (bytes) => {
        news.textContent = `saved: ${(bytes / mib).toFixed(1)} MiB`;
        isSaved = true;
        tellKept();
      },
      kept: (disks) => {
        keeps = disks;
        tellKept();
      },
      end: (code, why) => {
        computer = undefined;
        pointer.release();
        tell(why === undefined ? 'off' : 'failed', why ?? `off, with status ${code}`);
        off.resolve();
      },
    });
  } catch (error) {
    tell('failed', error instanceof Error ? error.message : String(error));
    off.resolve();
  }
};

/** Once it is off. */
const again = async (isRestored: boolean): Promise<void> => {
  if (computer !== undefined) {
    computer.off();
    await off.promise;
  }
  await on(isRestored);
};

let doubt: ReturnType<typeof setTimeout> | undefined;
const trust = (): void => {
  clearTimeout(doubt);
  doubt = undefined;
  buttons.discard.textContent = 'Discard';
};

const discarding = async (): Promise<void> => {
  if (doubt === undefined) {
    buttons.discard.textContent = 'Really discard?';
    doubt = setTimeout(trust, doubtMs);
    return;
  }
  trust();
  computer?.off();
  await off.promise;
  try {
    await discard();
  } catch (error) {
    tell('failed', error instanceof Error ? error.message : String(error));
    return;
  }
  [keeps, isSaved] = [[], false];
  tellKept();
  await on(true);
};

const begin = async (): Promise<void> => {
  offered = await offer();
  memory.value = String(offered.memoryBytes / mib);
  commandLine.value = offered.commandLine;
  isSaved = (await saved()) !== undefined;
  tellKept();
  buttons.power.addEventListener('click', () => {
    if (computer === undefined) void on(false);
    else computer.off();
  });
  buttons.reset.addEventListener('click', () => void again(false));
  buttons.save.addEventListener('click', () => computer?.save());
  buttons.restore.addEventListener('click', () => void again(true));
  buttons.download.addEventListener('click', () => void saved().then((found) => found && download(found.from)));
  buttons.discard.addEventListener('click', () => void discarding());
  element('snapshot', HTMLInputElement).addEventListener('change', tellKept);
  await on(true);
};

// Without an offer there is nothing to switch on.
begin().catch((error: unknown) => {
  tell('failed', error instanceof Error ? error.message : String(error));
  for (const button of Object.values(buttons)) button.disabled = true;
});
