/** The first process of a Virtual Environment: looked up before the runtime is asked for it. */
import type { ociRuntime } from '../../abi/index.ts';
import { idsOf } from '../../jail/place.ts';
import { usualPath } from '../../jail/start/bundle.ts';
import { Lookup } from '../../jail/start/lookup.ts';
import { writeNameFiles } from '../../jail/start/names.ts';
import type { Furnishing } from '../../jail/start/start.ts';
import { isShownInside, runtimeConfig } from './bundle.ts';
import type { VirtualEnvironment } from './environment.ts';

/** Throws `command-not-found`, `command-not-executable`, `unknown-user` or `unknown-directory`. */
export const configure = ({ definition, place }: VirtualEnvironment, parts: Furnishing): ociRuntime.RuntimeConfig => {
  const { spec, name } = definition;
  const lookup = new Lookup(place.root, name, idsOf(spec), spec.volumes);
  const user = lookup.user(spec.work === 'command' ? spec.user : '0');
  if (spec.work === 'command' && !isShownInside(spec.command[0])) {
    lookup.checkCommand(spec.command[0] ?? '', spec.workdir, spec.env['PATH'] ?? usualPath);
  }
  lookup.checkDirectory(spec.workdir);
  writeNameFiles(definition, place);
  return runtimeConfig(definition, place, { ...parts, user });
};
