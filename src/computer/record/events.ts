/**
 * What a recording holds: text, a JSON object on each line. The first says what it is and of which computer; then comes what came in, each with its moment; the last
 * has the SHA-256 of all lines before, so that what is cut short or changed is seen.
 */

/** Counted up whenever what is written changes its meaning. */
export const recordingVersion = 1;

export interface Header {
  readonly isola: 'recording';
  readonly version: number;
  /** When it was made, ISO 8601. */
  readonly made: string;
  /** What the computer's clock begins at: seconds since 1970. */
  readonly startSeconds: number;
  /** Of what the computer is, each by its name. */
  readonly computer: Readonly<Record<string, string>>;
}

/** `at`: nanoseconds of the computer's own time; `after`: how many instructions. */
export interface Moment {
  readonly at: number;
  readonly after: number;
}

const endings = ['off', 'exit', 'stuck', 'misfit', 'left'] as const;

export type What =
  /** Bytes, in hexadecimal, that a serial port received. */
  | { readonly kind: 'serial'; readonly port: number; readonly bytes: string }
  | { readonly kind: 'key'; readonly code: string; readonly isDown: boolean }
  /** As `Movement` has it. */
  | { readonly kind: 'mouse'; readonly dx: number; readonly dy: number; readonly dz: number; readonly buttons: number }
  /** A disk of the host failed at its call of this number. */
  | { readonly kind: 'fault'; readonly disk: string; readonly call: number }
  /** Of registers, of what the serial ports sent, and of a part of memory. */
  | { readonly kind: 'state'; readonly digest: string }
  /** As `Pause` has it; `left`: somebody switched it off. `digest` is of registers, of what was sent, and of all memory. */
  | { readonly kind: 'end'; readonly why: (typeof endings)[number]; readonly status: number; readonly digest: string };

export type Event = Moment & What;

const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const isSigned = (value: unknown): boolean => typeof value === 'number' && Number.isSafeInteger(value);
const isText = (value: unknown): boolean => typeof value === 'string';
const isDigest = (value: unknown): boolean => typeof value === 'string' && /^[\da-f]{64}$/.test(value);

const shapes: Readonly<Record<What['kind'], Readonly<Record<string, (value: unknown) => boolean>>>> = {
  serial: { port: isNumber, bytes: (value) => typeof value === 'string' && /^(?:[\da-f]{2})+$/.test(value) },
  key: { code: isText, isDown: (value) => typeof value === 'boolean' },
  mouse: { dx: isSigned, dy: isSigned, dz: isSigned, buttons: isNumber },
  fault: { disk: isText, call: isNumber },
  state: { digest: isDigest },
  end: { why: (value) => endings.some((why) => why === value), status: isNumber, digest: isDigest },
};

/** Whether what a line says is an event. */
export const isEvent = (value: unknown): value is Event => {
  if (typeof value !== 'object' || value === null || !('kind' in value) || !isText(value.kind)) return false;
  const shape = Object.hasOwn(shapes, String(value.kind)) ? shapes[value.kind as What['kind']] : undefined;
  const fields = value as Readonly<Record<string, unknown>>;
  if (shape === undefined || !isNumber(fields['at']) || !isNumber(fields['after'])) return false;
  return Object.entries(shape).every(([name, fits]) => fits(fields[name]));
};

export const isHeader = (value: unknown): value is Header => {
  if (typeof value !== 'object' || value === null) return false;
  const { isola, version, made, startSeconds, computer } = value as Readonly<Record<string, unknown>>;
  const isNamed = typeof computer === 'object' && computer !== null && Object.values(computer).every(isText);
  return isola === 'recording' && isNumber(version) && isText(made) && typeof startSeconds === 'number' && isNamed;
};
