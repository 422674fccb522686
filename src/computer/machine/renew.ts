/** A machine that went on from a moment is told what is other than then: the time, random numbers of its own, and who it is. */
import { getRandomValues, randomUUID } from 'node:crypto';
import type { AgentSession, Order } from '../../agent/index.ts';
import { Refusal } from '../../environment/index.ts';
import { begin, converse } from '../../guest/agent.ts';
import { hostsText } from '../../jail/start/names.ts';
import type { Machine } from './machine.ts';

const seedBytes = 32;
/** So exact a clock has to be, in ms, and so often it is tried. */
const [exactMs, mostTries] = [200, 5];
/** What its network device is called by then. */
const device = 'eth0';

/** `as`: whether it was the same machine. Random numbers come first: nothing else is drawn by two. Throws `start-refused` where one of it can't be done. */
export const renew = async (machine: Machine, as: 'itself' | 'as another'): Promise<void> => {
  using conversation = await converse(machine);
  const { session } = conversation;
  await session.stir(getRandomValues(new Uint8Array(seedBytes)));
  await setTime(session);
  await session.setHostname(machine.definition.spec.hostname);
  const { exit } = await begin(machine, session, orderOf(machine, as));
  const { code } = await exit;
  if (code !== 0) throw new Refusal('start-refused', [machine.definition.name, failures[code] ?? `its shell ended with status ${code}`]);
};

/** A clock is wrong by as long as the word was under way. On a busy host that is what comes between, which the next one may be spared. */
const setTime = async (session: AgentSession): Promise<void> => {
  for (let tries = 1; tries <= mostTries; tries++) {
    const now = Date.now();
    await session.setTime(now);
    if (Date.now() - now <= exactMs) return;
  }
};

/** All of it at once: each order is a way to the machine and back. */
const orderOf = ({ definition }: Machine, as: 'itself' | 'as another'): Order => {
  const { address } = definition;
  const id = as === 'itself' ? '' : randomUUID().replaceAll('-', '');
  const card = address === null ? [] : [address.mac, `${address.ip}/${address.prefix}`, address.gateway];
  const command = ['sh', '-c', script, device, hostsText(definition), id, ...card];
  return { command, env: {}, workdir: '/', user: '0', terminal: undefined, tool: true };
};

/** Files only where they are: images without one have none. */
const script = `
[ ! -e /etc/hosts ] || printf %s "$1" > /etc/hosts || exit 11
[ -z "$2" ] || [ ! -e /etc/machine-id ] || echo "$2" > /etc/machine-id || exit 12
[ $# -gt 2 ] || exit 0
ip link set "$0" down && ip addr flush dev "$0" && ip link set "$0" address "$3" && ip addr add "$4" dev "$0" && ip link set "$0" up && ip route add default via "$5" || exit 13
`;

/** What its exit statuses mean. */
const failures: Readonly<Record<number, string>> = {
  11: '/etc/hosts in it can’t be written',
  12: '/etc/machine-id in it can’t be written',
  13: 'its network card can’t be given its address',
};
