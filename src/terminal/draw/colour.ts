/** Colours by what a terminal can show: ECMA-48 SGR with xterm's extensions (ctlseqs, "Character Attributes"). */

/** How many colours it shows: none, the eight of ECMA-48 in two brightnesses, xterm's 256, or any. */
export type Colours = 'none' | '16' | '256' | 'any';

/** By its own word: COLORTERM as terminals set it, TERM as terminfo names them; NO_COLOR (no-color.org) is the user's. */
export const coloursOf = (env: Readonly<Record<string, string | undefined>>): Colours => {
  const term = env['TERM'] ?? '';
  if ((env['NO_COLOR'] ?? '') !== '' || term === '' || term === 'dumb') return 'none';
  const word = env['COLORTERM'];
  if (word === 'truecolor' || word === '24bit' || term.endsWith('-direct')) return 'any';
  return term.includes('256color') ? '256' : '16';
};

/** Both 0xRRGGBB; as parameters of SGR behind a reset. */
export const colourParameters = (foreground: number, background: number, colours: Colours): string => {
  switch (colours) {
    case 'any':
      return `;38;2;${triple(foreground)};48;2;${triple(background)}`;
    case '256':
      return `;38;5;${nearest256(foreground)};48;5;${nearest256(background)}`;
    case '16':
      return `;${sixteen(foreground, 30)};${sixteen(background, 40)}`;
    case 'none':
      return brightness(background) > brightness(foreground) ? ';7' : '';
  }
};

/** ITU-R BT.601 luma, 0 to 255. */
export const brightness = (rgb: number): number => Math.round((red(rgb) * 299 + green(rgb) * 587 + blue(rgb) * 114) / 1000);

const red = (rgb: number): number => (rgb >> 16) & 0xff;
const green = (rgb: number): number => (rgb >> 8) & 0xff;
const blue = (rgb: number): number => rgb & 0xff;
const triple = (rgb: number): string => `${red(rgb)};${green(rgb)};${blue(rgb)}`;

/** The eight of ECMA-48 in its order, red in bit 0, as a PC shows them: then bright. */
const pc = [
  ...[0x00_0000, 0xaa_0000, 0x00_aa00, 0xaa_5500, 0x00_00aa, 0xaa_00aa, 0x00_aaaa, 0xaa_aaaa],
  ...[0x55_5555, 0xff_5555, 0x55_ff55, 0xff_ff55, 0x55_55ff, 0xff_55ff, 0x55_ffff, 0xff_ffff],
];

const sixteen = (rgb: number, base: 30 | 40): number => {
  const index = nearest(rgb, pc);
  return index < 8 ? base + index : base + 60 + index - 8;
};

/** xterm's levels of a part of a colour: 256colres.pl. */
const levels = [0, 95, 135, 175, 215, 255];
const levelOf = (part: number): number => nearest(part, levels);

/** Of its cube of colours or its ramp of greys, whichever is nearer; the first sixteen are the user's own. */
const nearest256 = (rgb: number): number => {
  const cube = [red(rgb), green(rgb), blue(rgb)].map(levelOf);
  const grey = Math.min(Math.max(Math.round((brightness(rgb) - 8) / 10), 0), 23);
  const [greyLevel, cubeRgb] = [8 + grey * 10, cube.reduce((sum, level) => sum * 256 + (levels[level] ?? 0), 0)];
  const isGrey = distance(rgb, greyLevel * 0x01_0101) < distance(rgb, cubeRgb);
  return isGrey ? 232 + grey : cube.reduce((sum, level) => sum * 6 + level, 0) + 16;
};

const nearest = (rgb: number, among: readonly number[]): number => {
  const distances = among.map((one) => distance(rgb, one));
  return distances.indexOf(Math.min(...distances));
};

const distance = (one: number, other: number): number =>
  (red(one) - red(other)) ** 2 + (green(one) - green(other)) ** 2 + (blue(one) - blue(other)) ** 2;
