/** What of a store's network is on the host, and what the registry says there must be. */
import { namesIn, output, type Row } from './rows.ts';

export const links = (tag: string, running: readonly Row[]): readonly string[] => {
  const slots = new Set(running.map(({ slot }) => slot.toString(16)));
  const shaped = new Set(running.flatMap(({ slot, spec }) => (spec.limits.networkBits === undefined ? [] : [slot.toString(16)])));
  return namesIn('/sys/class/net').filter((name) => {
    const [, slot] = new RegExp(`^i[sb]${tag}([0-9a-f]+)$`).exec(name) ?? [];
    return slot !== undefined && !(name.startsWith('ib') ? shaped : slots).has(slot);
  });
};

export const bridges = (tag: string): readonly string[] => namesIn('/sys/class/net').filter((name) => name === `isola${tag}`);

export const tables = (tag: string): readonly string[] =>
  output('nft', 'list', 'tables')
    .split('\n')
    .filter((line) => line.endsWith(`isola-${tag}`));

/** Elements of the packet filter: each environment's own address, and exactly the ports it publishes. */
export const elements = (tag: string, running: readonly Row[]): readonly string[] => {
  if (running.length === 0) return [];
  const bridged = running.filter(({ spec }) => spec.network === 'bridge');
  const guards = matches(
    output('nft', 'list', 'table', 'bridge', `isola-${tag}`),
    new RegExp(`"(is${tag}[0-9a-f]+)" \\. \\S+ \\. (\\S+)`, 'g'),
  );
  const ports = matches(output('nft', 'list', 'table', 'ip', `isola-${tag}`), /(tcp|udp) \. (\S+) \. (\d+) : (\S+) \. (\d+)/g);
  return [
    ...differences(
      'guard',
      guards,
      bridged.map(({ slot, ip }) => `is${tag}${slot.toString(16)} ${ip}`),
    ),
    ...differences(
      'published port',
      ports,
      bridged.flatMap(({ spec, ip }) =>
        spec.publish.map(({ protocol, hostAddress, hostPort, port }) => `${protocol} ${hostAddress} ${hostPort} ${ip} ${port}`),
      ),
    ),
  ];
};

const matches = (text: string, pattern: RegExp): readonly string[] =>
  [...text.matchAll(pattern)].map(([, ...parts]) => parts.join(' ').replaceAll(',', ''));

const differences = (what: string, found: readonly string[], expected: readonly string[]): readonly string[] => [
  ...found.filter((one) => !expected.includes(one)).map((one) => `${what} ${one}`),
  ...expected.filter((one) => !found.includes(one)).map((one) => `missing ${what} ${one}`),
];

export const portFiles = (directory: string, running: readonly Row[]): readonly string[] => {
  const slots = running.filter(({ spec }) => spec.network === 'bridge').map(({ slot }) => slot.toString(16));
  return [
    ...namesIn(`${directory}/ports`).flatMap((name) => (slots.includes(name) ? [] : [`${directory}/ports/${name}`])),
    ...namesIn(`${directory}/hosts`).flatMap((name) => (slots.includes(name) || name === 'gateway' ? [] : [`${directory}/hosts/${name}`])),
  ];
};
