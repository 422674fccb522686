/** Links, addresses, routes and queueing disciplines, by the batch modes of ip(8) and tc(8). */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeInPlace } from '../../file/files.ts';
import { type RunResult, run } from '../../program/run.ts';
import { failed, start, type Waiting } from './program.ts';

/** Commands of one batch; a Refusal names the one that failed. */
export type Batch = readonly string[];

/** `ip -batch` here. */
export const ip = (batch: Batch): Promise<void> => feed(start('ip', ['-batch', '-']), 'ip', batch);
export const tc = (batch: Batch): Promise<void> => feed(tcWaiting(), 'tc', batch);
export const tcWaiting = (): Waiting => start('tc', ['-batch', '-']);

/** `ip -batch` in the network namespace of a process: nsenter(1). */
export const ipInside = (pid: number): Waiting => start('nsenter', [`--net=/proc/${pid}/ns/net`, 'ip', '-batch', '-']);

/** Goes on after a command that failed, e.g. for a link that a dying namespace took along. */
const ipAnyway = (batch: Batch): Promise<RunResult> => start('ip', ['-force', '-batch', '-']).feed(textOf(batch));

export const feed = async (waiting: Waiting, program: 'ip' | 'tc', batch: Batch): Promise<void> => {
  const result = await waiting.feed(textOf(batch));
  if (result.code !== 0) throw failed(...blame(program, batch, result));
};

const textOf = (batch: Batch): string => batch.map((line) => `${line}\n`).join('');

/**
 * Deletes links, whether they are there or not: as a group, because the kernel then waits for its readers once and not once for each
 * link (measured: 300 pairs in 56 ms, one by one in 8 s). Somebody else's deleting at the same time does no harm.
 */
export const deleteLinks = async (links: readonly string[]): Promise<void> => {
  const there = links.filter(linkExists);
  if (there.length === 0) return;
  const result = await ipAnyway([...there.map((link) => `link set ${link} group ${doomed}`), `link del group ${doomed}`]);
  const left = there.filter(linkExists);
  if (left.length > 0) throw failed(`ip link del ${left[0]}`, result, firstLine(result.stderr));
};

/** A number for links about to be deleted that nobody else is likely to use; 0 would be all links. */
const doomed = 0x69_73_6f_6c;

export const ipJson = async <T>(args: readonly string[]): Promise<readonly T[]> => {
  const { stdout } = await run('ip', ['-j', ...args]);
  // iproute2 prints nothing, or empty objects, where a filter matched nothing; its documents are trusted as it is.
  const rows = (stdout.trim() === '' ? [] : JSON.parse(stdout)) as readonly T[];
  return rows.filter((row) => Object.keys(row as object).length > 0);
};

// Every link of this network namespace has a directory here, whatever is mounted at /sys: ip-sysctl.rst, conf/interface.
const sysctls = '/proc/sys/net/ipv4/conf';
export const linkExists = (link: string): boolean => existsSync(`${sysctls}/${link}`);
export const linkNames = (pattern: RegExp): readonly string[] => readdirSync(sysctls).filter((name) => pattern.test(name));

/** For `ip link set`: no IPv6 address of its own, where the kernel has IPv6. */
export const withoutIpv6 = (): string => (existsSync('/proc/sys/net/ipv6') ? 'addrgenmode none' : '');

/** A kernel parameter: `net/ipv4/ip_forward`; undefined where this kernel has none of that name. */
export const readSysctl = (name: string): string | undefined =>
  existsSync(`/proc/sys/${name}`) ? readFileSync(`/proc/sys/${name}`, 'utf8').trim() : undefined;
export const writeSysctl = (name: string, value: '0' | '1'): void => {
  if (readSysctl(name) !== value) writeInPlace(`/proc/sys/${name}`, value);
};

/** `Command failed -:3` counts the lines of the batch from 1. */
const blame = (program: string, batch: Batch, result: RunResult): [string, RunResult, string] => {
  const line = Number(/Command failed -:(\d+)/.exec(result.stderr)?.[1]);
  return [`${program} ${batch[line - 1] ?? '-batch'}`, result, firstLine(result.stderr)];
};

const firstLine = (text: string): string => text.trim().split('\n')[0]?.trim() ?? '';
