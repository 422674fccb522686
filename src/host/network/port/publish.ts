/** Whether host ports are free to be published. Nothing listens on a published port, so the host's sockets tell only half of it. */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { type Publish, Refusal } from '../../../environment/index.ts';
import { hasCode } from '../../file/files.ts';
import { isNameServer } from '../bridge/names.ts';
import { type BridgePlan, bridgeLinks } from '../bridge/plan.ts';
import { deletionText, publishedElements } from '../bridge/ruleset.ts';
import { linkNames } from '../programs/iproute.ts';
import { listNft, type NftObject, nft } from '../programs/nft.ts';
import { listeners } from '../programs/sockets.ts';
import { readRecords } from './record.ts';

/**
 * Throws `port-taken` with its owner, `malformed-value` where the host has no such address. What is published for nobody, because a
 * program outlived the isola that had started it and was killed, is withdrawn.
 */
export const refuseTakenPorts = async (plan: BridgePlan, wanted: readonly Publish[]): Promise<void> => {
  if (wanted.length === 0) return;
  for (const [index, publish] of wanted.entries()) {
    if (wanted.slice(0, index).some((other) => clash(other, publish))) throw taken(publish, 'the same environment already');
  }
  await Promise.all([refusePublished(plan, wanted), ...wanted.map(refuseListening)]);
};

/** Two ports that the same packet could be meant for. */
const clash = (a: Place, b: Place): boolean =>
  a.protocol === b.protocol &&
  a.hostPort === b.hostPort &&
  (a.hostAddress === b.hostAddress || a.hostAddress === anywhere || b.hostAddress === anywhere);

type Place = Pick<Publish, 'protocol' | 'hostAddress' | 'hostPort'>;
const anywhere = '0.0.0.0';

const refusePublished = async (plan: BridgePlan, wanted: readonly Publish[]): Promise<void> => {
  for (const link of linkNames(bridgeLinks)) {
    const published = publishedIn(await listNft('table', 'ip', link.replace('isola', 'isola-')));
    for (const publish of wanted) {
      for (const holder of published.filter((place) => clash(place, publish))) {
        if (link !== plan.link) throw taken(publish, `an environment behind ${link}, of another store`);
        const owner = readRecords(plan).find(({ ip }) => ip === holder.ip);
        if (owner) throw taken(publish, owner.names[0] ?? owner.ip);
        await nft(deletionText(publishedElements(plan, holder.ip, [holder])));
      }
    }
  }
};

const publishedIn = (table: readonly NftObject[]): readonly (Publish & { readonly ip: string })[] =>
  table.flatMap(({ map }) =>
    (map?.elem ?? []).map(([{ concat: key }, { concat: value }]) => ({
      // Keys are protocol . address . port, or protocol . port.
      protocol: key[0] === 'udp' ? 'udp' : 'tcp',
      hostAddress: key.length === 3 ? String(key[1]) : anywhere,
      hostPort: Number(key.at(-1)),
      ip: String(value[0]),
      port: Number(value[1]),
    })),
  );

/** Tries to bind it, as the host's own programs would. Throws `port-taken`, `malformed-value`, or EACCES where that is not allowed. */
export const refuseListening = async (publish: Publish): Promise<void> => {
  const { protocol, hostAddress, hostPort } = publish;
  try {
    await (protocol === 'tcp' ? bindTcp : bindUdp)(hostAddress, hostPort);
  } catch (error) {
    if (hasCode(error, 'EADDRNOTAVAIL')) {
      throw new Refusal('malformed-value', ['--publish', hostAddress, 'the host has no such address; ip address shows those it has']);
    }
    if (!hasCode(error, 'EADDRINUSE')) throw error;
    const others = (await listeners(protocol, hostPort)).filter(({ address }) => clash({ ...publish, hostAddress: address }, publish));
    // The name servers of bridges are in nobody's way: questions to them are never redirected.
    const strangers = others.filter(({ pid }) => pid === null || !isNameServer(pid));
    if (hostPort === 53 && others.length > 0 && strangers.length === 0) return;
    throw taken(publish, strangers[0]?.owner ?? 'another process of this host');
  }
};

const bindTcp = (host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve()));
  });

const bindUdp = (address: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.on('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.bind({ address, port, exclusive: true }, () => socket.close(() => resolve()));
  });

const taken = ({ hostAddress, hostPort, protocol }: Place, owner: string): Refusal =>
  new Refusal('port-taken', [`${hostAddress}:${hostPort}/${protocol}`, owner]);
