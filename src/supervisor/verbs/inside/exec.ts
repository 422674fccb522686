import type { Input } from '../../../environment/command/index.ts';
import { type Call, type ExecRequest, type Io, Refusal, type Running } from '../../../environment/index.ts';
import type { Bench } from '../../bench.ts';
import { variablesOf } from '../../order.ts';
import { withTimeout } from './timeout.ts';

export const exec = async (bench: Bench, input: Input<'exec'>, io: Io, call: Call): Promise<Running> => {
  if (input.command.length === 0) throw new Refusal('usage', ['isola exec wants a command', `isola exec ${input.name} -- COMMAND`]);
  const request = { command: input.command, env: variablesOf(input.env), workdir: input.workdir, user: input.user, io };
  return withTimeout(await enter(bench, input.name, request, call), input.timeout, input.command.join(' '));
};

/** The user's own shell from passwd(5), else bash, else sh; as a login shell. */
const findShell = `u=$(id -un 2>/dev/null); s=; [ -r /etc/passwd ] && while IFS=: read -r n _ _ _ _ _ c; do [ "$n" = "$u" ] && s=$c && break; done < /etc/passwd
case $s in */nologin|*/false|'') s=;; esac; [ -x "$s" ] || s=$(command -v bash || command -v sh); exec "$s" -l`;

export const shell = (bench: Bench, input: Input<'shell'>, io: Io, call: Call): Promise<Running> =>
  enter(
    bench,
    input.name,
    { command: ['sh', '-c', findShell], env: variablesOf(input.env), workdir: input.workdir, user: input.user, io },
    call,
  );

const enter = async ({ registry, lifecycle }: Bench, name: string, request: ExecRequest, call: Call): Promise<Running> => {
  const { definition } = registry.get(name);
  const { exec: facet } = lifecycle.open(definition).can;
  if (facet === undefined) throw new Refusal('facet-absent', [definition.spec.technique, 'exec', `isola console ${name} may do`]);
  call.signal.throwIfAborted();
  return facet.exec(request);
};
