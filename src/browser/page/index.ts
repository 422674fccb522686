/** The page: its elements, and the computer that they belong to. examples/browser/index.html has them. */
import { Computer } from '../computer.ts';
import { type Choice, type Offer, offer, planOf } from './files.ts';
import { PointerView } from './pointer.ts';
import { ScreenView } from './screen.ts';
import { SerialView } from './serial.ts';

const mib = 1024 ** 2;

const element = <T extends HTMLElement>(id: string, kind: new () => T): T => {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${id}`);
  return found;
};

const [power, status] = [element('power', HTMLButtonElement), element('status', HTMLElement)];
const [memory, commandLine] = [element('memory', HTMLInputElement), element('append', HTMLInputElement)];
const file = (id: string): File | undefined => element(id, HTMLInputElement).files?.[0];

let computer: Computer | undefined;
const screen = new ScreenView(element('screen', HTMLCanvasElement), (strokes) => computer?.type(strokes));
const pointer = new PointerView(element('screen', HTMLCanvasElement), (movement) => computer?.move(movement));
let serial: SerialView | undefined;

const tell = (state: 'off' | 'loading' | 'running' | 'failed', text: string): void => {
  document.body.dataset['state'] = state;
  status.textContent = text;
  power.textContent = state === 'running' ? 'Switch off' : 'Switch on';
  power.disabled = state === 'loading';
};

const choice = (): Choice => ({
  memoryBytes: Number(memory.value) * mib,
  commandLine: commandLine.value,
  files: { kernel: file('kernel'), ramdisk: file('ramdisk'), disk: file('disk'), cd: file('cd'), floppy: file('floppy') },
});

const on = async (offered: Offer): Promise<void> => {
  tell('loading', 'fetching its files …');
  try {
    const plan = await planOf(offered, choice());
    tell('loading', 'making the processor …');
    const fresh = element('serial', HTMLElement).cloneNode() as HTMLElement; // A clone is what it is a clone of.
    element('serial', HTMLElement).replaceWith(fresh);
    serial = new SerialView(fresh, (bytes) => computer?.send(bytes));
    computer = new Computer(plan, {
      running: () => tell('running', 'running; click the screen or the terminal to type'),
      sent: (bytes) => serial?.receive(bytes),
      screen: (shown) => screen.show(shown),
      heard: (isHeard) => {
        pointer.isHeard = isHeard;
      },
      end: (code, why) => {
        computer = undefined;
        pointer.release();
        tell(why === undefined ? 'off' : 'failed', why ?? `off, with status ${code}`);
      },
    });
  } catch (error) {
    tell('failed', error instanceof Error ? error.message : String(error));
  }
};

const begin = async (): Promise<void> => {
  const offered = await offer();
  memory.value = String(offered.memoryBytes / mib);
  commandLine.value = offered.commandLine;
  power.addEventListener('click', () => {
    if (computer === undefined) void on(offered);
    else computer.off();
  });
  await on(offered);
};

// Without an offer there is nothing to switch on.
begin().catch((error: unknown) => {
  tell('failed', error instanceof Error ? error.message : String(error));
  power.disabled = true;
});
