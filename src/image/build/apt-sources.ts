/** The host's apt sources, read so that they serve another release: sources.list(5), both of its formats. */
import { readdirSync, readFileSync } from 'node:fs';
import { hasCode, readIfThere } from '../../host/index.ts';

export interface AptSource {
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** Absolute paths of keyrings, by commas; undefined: apt's trusted keys. */
  readonly signedBy: string | undefined;
  readonly trusted: boolean;
}

/** Everything in /etc/apt that gives binary packages, in apt's order. */
export const hostSources = (etc = '/etc/apt'): readonly AptSource[] => {
  const parts = namesIn(`${etc}/sources.list.d`).filter((name) => /^[\w.-]+\.(?:list|sources)$/.test(name));
  return [
    ...parseList(readIfThere(`${etc}/sources.list`) ?? ''),
    ...parts.flatMap((name) => {
      const text = readFileSync(`${etc}/sources.list.d/${name}`, 'utf8');
      return name.endsWith('.list') ? parseList(text) : parseDeb822(text);
    }),
  ];
};

/** `deb [option=value …] URI SUITE [COMPONENT …]` on each line. */
export const parseList = (text: string): readonly AptSource[] =>
  text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line);
    if (match?.[2] === undefined || match[3] === undefined) return [];
    const options = new Map(words(match[1]).map((option) => [option.split('=')[0] ?? '', option.slice(option.indexOf('=') + 1)]));
    return [
      {
        uris: [match[2]],
        suites: [match[3]],
        components: words(match[4]),
        signedBy: keyringOf(options.get('signed-by')),
        trusted: options.get('trusted') === 'yes',
      },
    ];
  });

/** Stanzas of `Field: value`, continued by indented lines. */
export const parseDeb822 = (text: string): readonly AptSource[] =>
  text.split(/\n\s*\n/).flatMap((stanza) => {
    const fields = fieldsOf(stanza);
    const value = (name: string): readonly string[] => words(fields.get(name));
    if (!value('types').includes('deb') || fields.get('enabled')?.trim() === 'no') return [];
    return [
      {
        uris: value('uris'),
        suites: value('suites'),
        components: value('components'),
        signedBy: keyringOf(fields.get('signed-by')),
        trusted: fields.get('trusted')?.trim() === 'yes',
      },
    ];
  });

/** As lines for a release other than the host's: the entries of `codename`, its updates and security, with the name exchanged. */
export const linesFor = (sources: readonly AptSource[], codename: string, wanted: string): readonly string[] =>
  sources.flatMap(({ uris, suites, components, signedBy, trusted }) => {
    const own = suites.filter((suite) => [codename, `${codename}-updates`, `${codename}-security`].includes(suite));
    const options = [...(signedBy === undefined ? [] : [`signed-by=${signedBy}`]), ...(trusted ? ['trusted=yes'] : [])];
    const prefix = `deb${options.length === 0 ? '' : ` [${options.join(' ')}]`}`;
    // Firmware got its own component with Debian 12.
    const kept = components.filter((component) => wanted !== 'bullseye' || component !== 'non-free-firmware');
    return uris
      .filter((uri) => !uri.startsWith('cdrom:'))
      .flatMap((uri) => own.map((suite) => `${prefix} ${uri} ${suite.replace(codename, wanted)} ${kept.join(' ')}`));
  });

/** A keyring's path; a key written into the field itself, or its fingerprint, is left to the keys apt trusts anyway. */
const keyringOf = (value: string | undefined): string | undefined => {
  const path = value?.trim() ?? '';
  return /^\/[^\s[\]]+$/.test(path) ? path : undefined;
};

const fieldsOf = (stanza: string): ReadonlyMap<string, string> => {
  const fields = new Map<string, string>();
  let name = '';
  for (const line of stanza.split('\n')) {
    const field = /^([A-Za-z-]+):(.*)$/.exec(line);
    if (line.startsWith('#')) continue;
    if (field?.[1] !== undefined) name = field[1].toLowerCase();
    if (name !== '') fields.set(name, `${fields.get(name) ?? ''}${field === null ? `\n${line}` : (field[2] ?? '')}`);
  }
  return fields;
};

const words = (text: string | undefined): readonly string[] => (text ?? '').split(/\s+/).filter((word) => word !== '');

const namesIn = (directory: string): readonly string[] => {
  try {
    return readdirSync(directory).sort();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
};
