/** What a terminal sends for a key: ECMA-48, and xterm's ctlseqs "PC-Style Function Keys". */

export interface PressedKey {
  /** W3C UI Events, KeyboardEvent.key. */
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
}

const named: Readonly<Record<string, string>> = {
  ...{ Enter: '\r', Backspace: '\x7f', Tab: '\t', Escape: '\x1b' },
  ...{ ArrowUp: '\x1b[A', ArrowDown: '\x1b[B', ArrowRight: '\x1b[C', ArrowLeft: '\x1b[D' },
  ...{ Home: '\x1b[H', End: '\x1b[F', Insert: '\x1b[2~', Delete: '\x1b[3~', PageUp: '\x1b[5~', PageDown: '\x1b[6~' },
};

/** Undefined: nothing, and the browser may have the key. */
export const sentFor = ({ key, ctrlKey, altKey, metaKey }: PressedKey): string | undefined => {
  if (metaKey) return undefined;
  const text = named[key] ?? ([...key].length === 1 ? key : undefined);
  if (text === undefined) return undefined;
  const lead = altKey ? '\x1b' : '';
  if (!ctrlKey) return lead + text;
  const code = key.toUpperCase().charCodeAt(0);
  if (key === ' ') return `${lead}\0`;
  return [...key].length === 1 && code >= 0x40 && code <= 0x5f ? lead + String.fromCharCode(code - 0x40) : undefined;
};
