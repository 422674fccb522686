/** What is in the store before a guest begins, beside its devices: docs/misc/xenstore-paths.pandoc of Xen 4.17. */
import { Domain } from './numbers.ts';
import { home } from './store/store.ts';
import type { Nodes } from './store/tree.ts';

const { guest, back } = Domain;
const seen = [`n${back}`, `r${guest}`];
const own = [`n${guest}`, `r${back}`];
/** Any number: nobody compares it. */
const uuid = '00000000-0000-0000-0000-000000000000';

export const firstNodes = (devices: readonly Nodes[]): Nodes => {
  const made: Nodes = new Map();
  const put = (name: string, permissions: readonly string[], value = ''): void => {
    made.set(name, { value, permissions: [...permissions] });
  };
  for (const name of ['/', '/local', '/local/domain', '/local/domain/0', '/local/domain/0/backend', '/vm', '/tool']) put(name, seen);
  for (const kind of ['vbd', 'vif']) for (const at of ['', `/${guest}`]) put(`/local/domain/0/backend/${kind}${at}`, seen);
  put(home, seen);
  put(`/vm/${uuid}`, seen);
  put(`${home}/vm`, seen, `/vm/${uuid}`);
  put(`${home}/name`, seen, 'isola');
  put(`${home}/domid`, seen, String(guest));
  put(`${home}/cpu`, seen);
  put(`${home}/cpu/0`, seen);
  put(`${home}/cpu/0/availability`, seen, 'online');
  put(`${home}/control`, seen);
  put(`${home}/control/shutdown`, own);
  for (const name of ['feature-poweroff', 'feature-reboot', 'feature-suspend', 'sysrq']) put(`${home}/control/${name}`, own);
  put(`${home}/control/platform-feature-multiprocessor-suspend`, seen, '1');
  put(`${home}/control/platform-feature-xs_reset_watches`, seen, '1');
  for (const name of ['attr', 'data', 'drivers', 'error', 'feature']) put(`${home}/${name}`, own);
  put(`${home}/device`, own);
  for (const kind of ['vbd', 'vif']) put(`${home}/device/${kind}`, own);
  put(`${home}/device/suspend`, own);
  put(`${home}/device/suspend/event-channel`, own);
  for (const nodes of devices) for (const [name, node] of nodes) made.set(name, node);
  return made;
};
