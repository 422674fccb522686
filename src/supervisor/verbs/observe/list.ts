import type { EnvironmentRow, Input } from '../../../environment/command/index.ts';
import { type Call, type Exit, type Observed, phases, Refusal } from '../../../environment/index.ts';
import { isAlive } from '../../../host/index.ts';
import type { Bench } from '../../bench.ts';
import type { Entry } from '../../registry.ts';

export const list = async (bench: Bench, input: Input<'list'>, _call: Call): Promise<readonly EnvironmentRow[]> => {
  const { registry, lifecycle } = bench;
  if (input.phase !== undefined && !phases.some((phase) => phase === input.phase)) {
    throw new Refusal('malformed-value', ['--phase', input.phase, `choose one of ${phases.join(', ')}`]);
  }
  const entries = input.names.length === 0 ? registry.all() : input.names.map((name) => registry.get(name));
  const rows = await Promise.all(
    entries.map(async (entry) => {
      const row = rowOf(entry, await lifecycle.open(entry.definition).observe());
      // Whose maker is dead will never be: whatever changes something next removes it.
      return row.phase === 'creating' && (entry.owner === null || !isAlive(entry.owner)) ? [] : [row];
    }),
  );
  return rows.flat().filter(({ phase }) => input.phase === undefined || phase === input.phase);
};

/** What was ordered, with what the host says now: after a reboot or a crash the registry alone would lie. */
export const rowOf = ({ definition, phase, createdAt, startedAt, exit }: Entry, observed: Observed): EnvironmentRow => {
  const { name, id, spec, address } = definition;
  const isNew = phase === 'creating' && observed.phase === 'stopped';
  return {
    name,
    id,
    phase: isNew ? 'creating' : observed.phase,
    technique: spec.technique,
    image: spec.image,
    address: address?.ip ?? null,
    ports: spec.publish.map(({ hostAddress, hostPort, port, protocol }) => `${hostAddress}:${hostPort}->${port}/${protocol}`),
    pid: observed.pid,
    onboot: spec.onboot,
    ephemeral: spec.ephemeral,
    createdAt: new Date(createdAt).toISOString(),
    startedAt: startedAt === null ? null : new Date(startedAt).toISOString(),
    exit: exitRow(observed.exit ?? exit),
  };
};

const exitRow = (exit: Exit | null): EnvironmentRow['exit'] =>
  exit && { code: exit.code, signal: exit.signal, cause: exit.cause?.kind ?? null, why: exit.cause?.words ?? null };
