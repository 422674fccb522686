import { readFileSync } from 'node:fs';
import type { Result } from '../../../environment/command/index.ts';
import { run } from '../../../host/index.ts';

const programs: Readonly<Record<string, readonly string[]>> = {
  crun: ['crun', '--version'],
  conmon: ['conmon', '--version'],
  lxcfs: ['lxcfs', '--version'],
  dnsmasq: ['dnsmasq', '--version'],
  nft: ['nft', '--version'],
  ip: ['ip', '-V'],
  kernel: ['uname', '-r'],
};

export const versions = async (): Promise<Result<'version'>> => {
  const { version: isola } = JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8'));
  const found = await Promise.all(Object.entries(programs).map(async ([name, line]) => [name, await versionOf(line)] as const));
  return { isola, node: process.versions.node, programs: Object.fromEntries(found) };
};

/** The first number in what it says of itself. */
const versionOf = async ([program = '', ...args]: readonly string[]): Promise<string> => {
  try {
    const { stdout, stderr } = await run(program, args);
    return /\d+(?:\.\d+)+[-\w.]*/.exec(stdout + stderr)?.[0] ?? 'unknown';
  } catch {
    return 'missing';
  }
};
