/** Code page 437, in which a PC's video BIOS has its glyphs: Unicode's MAPPINGS/VENDORS/MICSFT/PC/CP437.TXT; glyphs of control characters as IBM's Graphic Character Set 437 shows them. */

const controls = ' ☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼';
const ascii = Array.from({ length: 95 }, (_, index) => String.fromCodePoint(0x20 + index)).join('');
const upper =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';

/** What each of the 256 glyphs is as a character. */
export const characters: readonly string[] = [...`${controls}${ascii}⌂${upper}`];

/** The space is that of ASCII; the glyph of 0 looks the same. */
const codes = new Map(characters.map((character, code) => [character, code] as const).slice(1));

/** Undefined where the code page has no such character. */
export const codeOf = (character: string): number | undefined => codes.get(character);
