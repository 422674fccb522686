/** All lines of a computer that lead somewhere on the host: its serial ports, and what programs tell beside. */
import { serialPorts } from '../../board/index.ts';
import { type BootRequest, type Call, type LineEnd, Refusal, type UndoScope } from '../../environment/index.ts';
import { ConsoleLine } from './console-line.ts';
import { fileLine } from './file-line.ts';
import { nobody, type OpenLine } from './open-line.ts';
import { connectedLine, servedLine } from './socket-line.ts';

export interface Lines {
  readonly serial: readonly OpenLine[];
  readonly note: OpenLine;
  readonly post: OpenLine;
  /** Whatever leads to whoever has the computer; nothing, where nothing does. */
  readonly console: ConsoleLine;
  /** All that was sent goes on its way. */
  send(): void;
  close(): void;
}

export interface LineWires extends Pick<Call, 'signal' | 'say'> {
  /** Something has come in, or can go out. */
  readonly wake: () => void;
  readonly scope: UndoScope;
}

/** Opens them in order. Throws a Refusal for the first that can't be; the scope closes those before it. */
export const openLines = async ({ serial, debugcon, post }: BootRequest, wires: LineWires): Promise<Lines> => {
  const usual: LineEnd = { kind: [debugcon, post].some((end) => end?.kind === 'stdio') ? 'none' : 'stdio' };
  const serialEnds = serial.length === 0 ? [usual] : serial;
  if (serialEnds.length > serialPorts.length)
    throw new Refusal('usage', [
      `a PC has ${serialPorts.length} serial ports, and ${serialEnds.length} are given`,
      `give --serial ${serialPorts.length} times at the most`,
    ]);
  const none: LineEnd = { kind: 'none' };
  const ends = [...serialEnds, debugcon ?? none, post ?? none];
  if (ends.filter(({ kind }) => kind === 'stdio').length > 1)
    throw new Refusal('usage', ['standard input and output are given to two lines', 'let one of --serial, --debugcon and --post be stdio']);
  const console = new ConsoleLine();
  console.line.onRoom = wires.wake;
  const opened: OpenLine[] = [];
  for (const end of ends) {
    const line = await open(end, console, wires);
    wires.scope.defer(() => line.close());
    opened.push(line);
  }
  const [toNote = nobody, toPost = nobody] = opened.slice(serialEnds.length);
  return {
    ...{ serial: opened.slice(0, serialEnds.length), note: toNote, post: toPost, console },
    send: () => {
      for (const line of opened) line.send();
    },
    close: () => {
      for (const line of opened) line.close();
      console.close();
    },
  };
};

const open = async (end: LineEnd, console: ConsoleLine, wires: LineWires): Promise<OpenLine> =>
  end.kind === 'stdio' ? console : openEnd(end, wires);

/** Throws a Refusal where it can't be. */
export const openEnd = async (end: Exclude<LineEnd, { kind: 'stdio' }>, wires: LineWires): Promise<OpenLine> => {
  switch (end.kind) {
    case 'none':
      return nobody;
    case 'file':
      return fileLine(end.path, wires.say);
    case 'unix':
    case 'tcp':
      return end.isServer ? servedLine({ end, wake: wires.wake }, wires) : connectedLine({ end, wake: wires.wake });
  }
};

/** A POST code as a line of two digits. */
export const postLine =
  ({ line }: OpenLine) =>
  (code: number): void => {
    for (const character of `${code.toString(16).padStart(2, '0').toUpperCase()}\n`) line.transmit(character.charCodeAt(0));
  };
