/** v86 switched on as its one argument says; standard output has what it shows, standard input what is typed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Orders } from './index.ts';

/** Of v86 0.5.462, v86.d.ts; `screen_adapter` is what its pages use. */
interface V86 {
  add_listener(event: 'serial0-output-byte', listener: (byte: number) => void): void;
  serial0_send(text: string): void;
  keyboard_send_text(text: string): void;
  keyboard_send_scancodes(codes: readonly number[]): void;
  /** Absent until its WebAssembly is compiled. */
  readonly screen_adapter?: { get_text_screen(): readonly string[] };
}

const mib = 1024 ** 2;
const lookMs = 100;
const {
  package: place,
  memoryMib,
  isTranslating,
  isShown,
  bios,
  vgaBios,
  cmdline,
  ...images
}: Orders = JSON.parse(process.argv[2] ?? '{}');

const imageOf = (path: string): { readonly buffer: ArrayBuffer } => {
  const { buffer, byteOffset, length } = readFileSync(path);
  return { buffer: buffer.slice(byteOffset, byteOffset + length) as ArrayBuffer };
};

const { V86 }: { readonly V86: new (options: object) => V86 } = await import(pathToFileURL(join(place, 'build/libv86.mjs')).href);
const machine = new V86({
  wasm_path: join(place, 'build/v86.wasm'),
  memory_size: memoryMib * mib,
  bios: imageOf(bios),
  vga_bios: imageOf(vgaBios),
  ...Object.fromEntries(Object.entries(images).map(([name, path]) => [name, imageOf(path)])),
  ...(cmdline === undefined ? {} : { cmdline }),
  disable_jit: !isTranslating,
  disable_speaker: true,
  autostart: true,
});

if (isShown) {
  let shown = '';
  setInterval(() => {
    const screen = machine.screen_adapter?.get_text_screen().join('\n') ?? '';
    if (screen !== shown) process.stdout.write(`${screen}\n`);
    shown = screen;
  }, lookMs);
} else machine.add_listener('serial0-output-byte', (byte) => process.stdout.write(Uint8Array.of(byte)));

/** Set 1 of scan codes: Ctrl and the key down, and up again. */
const control = { down: 0x1d, up: 0x9d, b: 0x30, released: 0x80 } as const;
process.stdin.setEncoding('latin1').on('data', (text) => {
  if (!isShown) machine.serial0_send(String(text));
  else if (text === '\u0002') machine.keyboard_send_scancodes([control.down, control.b, control.b | control.released, control.up]);
  else machine.keyboard_send_text(String(text));
});
