/** A machine that went on from a moment is told what is other than then: the time, random numbers of its own, and who it is. */
import { getRandomValues, randomUUID } from 'node:crypto';
import type { AgentSession } from '../../../agent/index.ts';
import { Refusal } from '../../../environment/index.ts';
import { begin, converse } from '../../../guest/agent.ts';
import { hostsText } from '../../../jail/start/names.ts';
import type { Machine } from './machine.ts';

const seedBytes = 32;
/** What its network device is called by then. */
const device = 'eth0';

/** `as`: whether it was the same machine. Random numbers come first: nothing else is drawn by two. Throws `start-refused` where one of it can't be done. */
export const renew = async (machine: Machine, as: 'itself' | 'as another'): Promise<void> => {
  using conversation = await converse(machine);
  const { session } = conversation;
  await session.stir(getRandomValues(new Uint8Array(seedBytes)));
  await session.setTime(Date.now());
  await session.setHostname(machine.definition.spec.hostname);
  for (const command of commandsFor(machine, as)) await carryOut(machine, session, command);
};

const commandsFor = ({ definition }: Machine, as: 'itself' | 'as another'): readonly (readonly string[])[] => {
  const { address } = definition;
  const id = randomUUID().replaceAll('-', '');
  return [
    written('/etc/hosts', hostsText(definition)),
    ...(as === 'itself' ? [] : [written('/etc/machine-id', `${id}\n`)]),
    ...(address === null
      ? []
      : [
          ['ip', 'link', 'set', device, 'down'],
          ['ip', 'addr', 'flush', 'dev', device],
          ['ip', 'link', 'set', device, 'address', address.mac],
          ['ip', 'addr', 'add', `${address.ip}/${address.prefix}`, 'dev', device],
          ['ip', 'link', 'set', device, 'up'],
          ['ip', 'route', 'add', 'default', 'via', address.gateway],
        ]),
  ];
};

/** Only what is there: images without one have none. By builtins of the shell alone. */
const written = (path: string, text: string): readonly string[] => [
  ...['sh', '-c', '[ ! -e "$0" ] || printf %s "$1" > "$0"'],
  ...[path, text],
];

const carryOut = async (machine: Machine, session: AgentSession, command: readonly string[]): Promise<void> => {
  const order = { command, env: {}, workdir: '/', user: '0', terminal: undefined, tool: true };
  const { exit } = await begin(machine, session, order);
  const { code } = await exit;
  if (code !== 0)
    throw new Refusal('start-refused', [machine.definition.name, `${command.slice(0, 3).join(' ')} in it ended with status ${code}`]);
};
