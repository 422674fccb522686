/**
 * How a video BIOS programs the standard modes: the parameter table of IBM's VGA BIOS (Personal System/2 BIOS Interface Technical Reference, INT 10h),
 * as SeaBIOS vgasrc/stdvgamodes.c has it, too; mode X by M. Abrash, Graphics Programming Black Book, chapter 47.
 */

const hex = (text: string): readonly number[] => text.split(' ').map((byte) => Number.parseInt(byte, 16));

export interface Mode {
  readonly name: string;
  readonly kind: 'text' | 'cga4' | 'cga2' | 'planar' | 'packed' | 'unchained';
  /** In pixels. */
  readonly width: number;
  readonly height: number;
  readonly misc: number;
  /** SR1 to SR4. */
  readonly sequencer: readonly number[];
  /** CR0 to CR24. */
  readonly crtc: readonly number[];
  /** GR0 to GR8. */
  readonly graphics: readonly number[];
  /** AR0 to AR19. */
  readonly attribute: readonly number[];
}

const colours16 = '00 01 02 03 04 05 14 07 38 39 3a 3b 3c 3d 3e 3f';
const colours200 = '00 01 02 03 04 05 06 07 10 11 12 13 14 15 16 17';
const narrow = '2d 27 28 90 2b';
const wide = '5f 4f 50 82 54';
const lines400 = '00 00 00 00 00 00 9c 8e 8f';
const planar16 = hex('00 00 00 00 00 00 05 0f ff');

const text = (columns: 40 | 80, rowLines: number): Mode => ({
  ...{ name: `${columns} × ${400 / rowLines} text`, kind: 'text', width: columns * 9, height: 400, misc: 0x67 },
  sequencer: hex(columns === 40 ? '08 03 00 02' : '00 03 00 02'),
  crtc: hex(
    `${columns === 40 ? narrow : '5f 4f 50 82 55'} ${columns === 40 ? 'a0' : '81'} bf 1f 00 ${(0x40 + rowLines - 1).toString(16)} ` +
      `${(rowLines - 3).toString(16)} ${(rowLines - 2).toString(16)} 00 00 00 00 9c 8e 8f ${columns === 40 ? '14' : '28'} 1f 96 b9 a3 ff`,
  ),
  graphics: hex('00 00 00 00 00 10 0e 0f ff'),
  attribute: hex(`${colours16} 0c 00 0f 08`),
});

const planar = (name: string, width: number, height: number, misc: number, sequencer: string, crtc: string, attribute: string): Mode => ({
  ...{
    name,
    kind: 'planar',
    width,
    height,
    misc,
    sequencer: hex(sequencer),
    crtc: hex(crtc),
    graphics: planar16,
    attribute: hex(attribute),
  },
});

export const text80x25 = text(80, 16);
/** With a font of eight lines: INT 10h, AX=1112h. */
export const text80x50 = text(80, 8);
const mono: Mode = {
  ...text80x25,
  ...{ name: '80 × 25 monochrome text', misc: 0x66 },
  crtc: hex('5f 4f 50 82 55 81 bf 1f 00 4f 0d 0e 00 00 00 00 9c 8e 8f 28 0f 96 b9 a3 ff'),
  graphics: hex('00 00 00 00 00 10 0a 0f ff'),
  attribute: hex('00 08 08 08 08 08 08 08 10 18 18 18 18 18 18 18 0e 00 0f 08'),
};
export const mode12 = planar(
  ...(['12h', 640, 480, 0xe3, '01 0f 00 06'] as const),
  `${wide} 80 0b 3e 00 40 00 00 00 00 00 00 ea 8c df 28 00 e7 04 e3 ff`,
  `${colours16} 01 00 0f 00`,
);
export const mode13: Mode = {
  ...{ name: '13h', kind: 'packed', width: 320, height: 200, misc: 0x63, sequencer: hex('01 0f 00 0e') },
  crtc: hex(`${wide} 80 bf 1f 00 41 ${lines400} 28 40 96 b9 a3 ff`),
  graphics: hex('00 00 00 00 00 40 05 0f ff'),
  attribute: hex('00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 41 00 0f 00'),
};
export const modeX: Mode = {
  ...mode13,
  ...{ name: 'X', kind: 'unchained', height: 240, misc: 0xe3, sequencer: hex('01 0f 00 06') },
  crtc: hex(`${wide} 80 0d 3e 00 41 00 00 00 00 00 00 ea ac df 28 00 e7 06 e3 ff`),
};
const cga = {
  crtc: hex(`${narrow} 80 bf 1f 00 c1 ${lines400} 14 00 96 b9 a2 ff`),
  graphics: hex('00 00 00 00 00 30 0f 0f ff'),
} as const;

export const modes: readonly Mode[] = [
  text(40, 16),
  text80x25,
  text80x50,
  mono,
  {
    ...{ name: '4h', kind: 'cga4', width: 320, height: 200, misc: 0x63, sequencer: hex('09 03 00 02') },
    ...cga,
    attribute: hex('00 13 15 17 02 04 06 07 10 11 12 13 14 15 16 17 01 00 03 00'),
  },
  {
    ...{ name: '6h', kind: 'cga2', width: 640, height: 200, misc: 0x63, sequencer: hex('01 01 00 06') },
    crtc: hex(`${wide} 80 bf 1f 00 c1 ${lines400} 28 00 96 b9 c2 ff`),
    graphics: hex('00 00 00 00 00 00 0d 0f ff'),
    attribute: hex(`00${' 17'.repeat(15)} 01 00 01 00`),
  },
  planar(
    ...(['Dh', 320, 200, 0x63, '09 0f 00 06'] as const),
    `${narrow} 80 bf 1f 00 c0 ${lines400} 14 00 96 b9 e3 ff`,
    `${colours200} 01 00 0f 00`,
  ),
  planar(
    ...(['Eh', 640, 200, 0x63, '01 0f 00 06'] as const),
    `${wide} 80 bf 1f 00 c0 ${lines400} 28 00 96 b9 e3 ff`,
    `${colours200} 01 00 0f 00`,
  ),
  planar(
    ...(['Fh', 640, 350, 0xa3, '01 0f 00 06'] as const),
    `${wide} 80 bf 1f 00 40 00 00 00 00 00 00 83 85 5d 28 0f 63 ba e3 ff`,
    '00 08 00 00 18 18 00 00 00 08 00 00 00 18 00 00 01 00 01 00',
  ),
  planar(
    ...(['10h', 640, 350, 0xa3, '01 0f 00 06'] as const),
    `${wide} 80 bf 1f 00 40 00 00 00 00 00 00 83 85 5d 28 0f 63 ba e3 ff`,
    `${colours16} 01 00 0f 00`,
  ),
  planar(
    ...(['11h', 640, 480, 0xe3, '01 0f 00 06'] as const),
    `${wide} 80 0b 3e 00 40 00 00 00 00 00 00 ea 8c df 28 00 e7 04 e3 ff`,
    `${'00 3f '.repeat(8)}01 00 0f 00`,
  ),
  mode12,
  mode13,
  modeX,
];
