/** ACPI machine language, as far as a PC's description needs it: ACPI Specification 6.5, section 20.2. */

export type Aml = readonly number[];

const Op = {
  name: 0x08,
  byte: 0x0a,
  word: 0x0b,
  dword: 0x0c,
  text: 0x0d,
  qword: 0x0e,
  scope: 0x10,
  buffer: 0x11,
  package: 0x12,
  method: 0x14,
  store: 0x70,
  and: 0x7b,
  notify: 0x86,
  if: 0xa0,
  return: 0xa4,
} as const;
/** Behind a prefix. */
const Extended = { region: [0x5b, 0x80], field: [0x5b, 0x81], device: [0x5b, 0x82] } as const;
/** Local and argument objects begin here. */
const [Local0, Arg0] = [0x60, 0x68];
/** Target of a result that is wanted as a value alone. */
const noTarget = 0x00;

/** Little-endian. */
export const bytesOf = (value: number | bigint, count: number): number[] => {
  const bytes: number[] = [];
  let left = BigInt(value);
  for (let byte = 0; byte < count; byte++) {
    bytes.push(Number(left & 0xffn));
    left >>= 8n;
  }
  return bytes;
};

export const ascii = (text: string): number[] => {
  const codes: number[] = [];
  for (let at = 0; at < text.length; at++) codes.push(text.charCodeAt(at));
  return codes;
};

/** One behind the other. Spread into a literal they would be copied number by number, which takes a start of the computer some milliseconds. */
const joined = (...parts: readonly Aml[]): number[] => ([] as number[]).concat(...parts);

/** The shortest constant; section 20.2.3. */
export const integer = (value: number | bigint): Aml => {
  if (value === 0 || value === 1 || value === 0n || value === 1n) return [Number(value)];
  if (value < 0x100) return [Op.byte, Number(value)];
  if (value < 0x1_0000) return [Op.word, ...bytesOf(value, 2)];
  return value < 0x1_0000_0000 ? [Op.dword, ...bytesOf(value, 4)] : [Op.qword, ...bytesOf(value, 8)];
};

export const text = (value: string): Aml => [Op.text, ...ascii(value), 0];

/** A name of one segment, searched for from where it stands upwards, or a path from the root on, or from as many above as there are carets, with points in between; section 20.2.2. */
export const nameString = (path: string): Aml => {
  const [, from = '', rest = ''] = /^(\\|\^*)(.*)$/.exec(path) ?? [];
  const [first = '', ...more] = rest.split('.').map((segment) => segment.padEnd(4, '_'));
  const root = ascii(from);
  if (more.length === 0) return [...root, ...ascii(first)];
  return [...root, ...(more.length === 1 ? [0x2e] : [0x2f, 1 + more.length]), ...ascii(first + more.join(''))];
};

export const name = (path: string, value: Aml): Aml => joined([Op.name], nameString(path), value);
export const scope = (path: string, ...inside: readonly Aml[]): Aml => joined([Op.scope], sized(joined(nameString(path), ...inside)));
export const device = (path: string, ...inside: readonly Aml[]): Aml => joined(Extended.device, sized(joined(nameString(path), ...inside)));
export const method = (path: string, parameters: number, ...body: readonly Aml[]): Aml =>
  joined([Op.method], sized(joined(nameString(path), [parameters], ...body)));
export const group = (...elements: readonly Aml[]): Aml => joined([Op.package], sized(joined([elements.length], ...elements)));
export const buffer = (bytes: readonly number[]): Aml => joined([Op.buffer], sized(joined(integer(bytes.length), bytes)));
export const giveBack = (value: Aml): Aml => [Op.return, ...value];
export const when = (condition: Aml, ...then: readonly Aml[]): Aml => joined([Op.if], sized(joined(condition, ...then)));
export const store = (value: Aml, into: Aml): Aml => [Op.store, ...value, ...into];
export const parameter = (index: number): Aml => [Arg0 + index];
export const local = (index: number): Aml => [Local0 + index];
/** Bits that both have. */
export const both = (one: Aml, other: Aml): Aml => [Op.and, ...one, ...other, noTarget];
/** Tells an object's driver what has happened to it: section 5.6.6. */
export const notify = (object: Aml, what: Aml): Aml => [Op.notify, ...object, ...what];
/** A method of no parameters. */
export const call = (path: string): Aml => nameString(path);

/** Ports as fields of so many bits each, one behind the other, each accessed whole; sections 20.2.5.2 and 19.6.48. */
const portFields =
  (bits: number, access: number) =>
  (region: string, at: number, fields: readonly string[]): Aml => [
    ...[...Extended.region, ...nameString(region), systemPorts, ...integer(at), ...integer((bits / 8) * fields.length)],
    ...[...Extended.field, ...sized([...nameString(region), access, ...fields.flatMap((field) => [...nameString(field), bits])])],
  ];
const systemPorts = 1;
export const portBytes = portFields(8, 1);
export const portWords = portFields(32, 3);

/** Three letters and four hexadecimal digits in 32 bits: section 19.6.36. */
export const eisaId = (id: string): Aml => {
  const letter = (index: number): number => id.charCodeAt(index) - 0x40;
  const maker = (letter(0) << 10) | (letter(1) << 5) | letter(2);
  const product = Number.parseInt(id.slice(3), 16);
  return [Op.dword, maker >> 8, maker & 0xff, product >> 8, product & 0xff];
};

/** A package length and what it is of; it counts itself. Section 20.2.4. */
const sized = (inside: readonly number[]): number[] => {
  const length = inside.length;
  if (length + 1 < 0x40) return joined([length + 1], inside);
  const more = length + 2 < 0x1000 ? 1 : length + 3 < 0x10_0000 ? 2 : 3;
  const total = length + 1 + more;
  return joined([(more << 6) | (total & 0x0f)], bytesOf(total >> 4, more), inside);
};
