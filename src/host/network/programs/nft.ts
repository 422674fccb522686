/** Rules of the kernel's packet filter, by nft(8). Each text is one transaction: all of it or nothing. */
import { run } from '../../program/run.ts';
import { failed, start } from './program.ts';

/** Why a transaction was refused. `absent`: a table or set it names is not there; `taken`: a map has that key with another value. */
export interface NftFault {
  readonly kind: 'absent' | 'taken' | 'other';
  readonly refusal: Error;
}

/** Carries out a transaction; undefined if it went through. */
export const tryNft = async (text: string): Promise<NftFault | undefined> => {
  const result = await start('nft', ['-f', '-']).feed(text);
  if (result.code === 0) return undefined;
  const [complaint = '', line = ''] = result.stderr.split('\n');
  const what = complaint.replace(/^.*?Error: (?:Could not process rule: )?/, '');
  const kind = what.startsWith('No such file or directory') ? 'absent' : what.startsWith('File exists') ? 'taken' : 'other';
  return { kind, refusal: failed(`nft ${line.trim()}`.trim(), result, what) };
};

export const nft = async (text: string): Promise<void> => {
  const fault = await tryNft(text);
  if (fault) throw fault.refusal;
};

/** One object of `nft -j`: libnftables-json(5). Only what isola reads is named. */
export interface NftObject {
  readonly table?: { readonly family: string; readonly name: string };
  readonly chain?: {
    readonly family: string;
    readonly table: string;
    readonly name: string;
    readonly hook?: string;
    readonly policy?: string;
  };
  readonly map?: { readonly name: string; readonly elem?: readonly NftMapElement[] };
}

/** Key and value of a map whose key and value are concatenations. */
export type NftMapElement = readonly [{ readonly concat: readonly (string | number)[] }, { readonly concat: readonly (string | number)[] }];

/** What `nft -j list …` shows; nothing where there is no such thing. */
export const listNft = async (...words: readonly string[]): Promise<readonly NftObject[]> => {
  const { code, stdout } = await run('nft', ['-j', 'list', ...words], { accept: [0, 1] });
  // The document's shape is libnftables-json(5)'s promise.
  return code === 0 ? (JSON.parse(stdout) as { nftables: readonly NftObject[] }).nftables : [];
};
