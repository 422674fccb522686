/** What befell processes of a guest's programs, for people. The computer goes on each time. */
import type { Befall, Incident } from '../../host/native/incident.ts';

const words = {
  keeper: 'its programs are emulated from now on: the process that starts theirs is gone, or could not be started',
  refused: 'a program inside goes on emulated: the host starts no process for it (its limits of processes or memory)',
  full: 'a program inside goes on emulated: its memory is in more pieces than the host maps for a process (vm.max_map_count)',
  ended: 'a program inside goes on emulated: the host ended its process, as it does where memory is short',
  lost: 'a program inside ended with SIGILL: the host ended its process as it ran, as it does where memory is short',
  narrow:
    'programs of 32 bits inside are emulated: who started isola has processes ended that ask the host’s kernel in their way (seccomp)',
  stubborn: 'a program inside ended with SIGILL: its process did not stop when it was asked to',
} as const satisfies Record<Incident, string>;

/** A program that has befallen what it has soon does so again. */
const quietMs = 60_000;

/** Tells each kind once a minute at the most, and how often it came since it was told last. */
export const seldom = (tell: (sentence: string) => void, now: () => number = performance.now.bind(performance)): Befall => {
  const told = new Map<Incident, { readonly at: number; untold: number }>();
  return (incident) => {
    const before = told.get(incident);
    if (before !== undefined && now() - before.at < quietMs) {
      before.untold++;
      return;
    }
    const more = before?.untold ?? 0;
    told.set(incident, { at: now(), untold: 0 });
    tell(more === 0 ? words[incident] : `${words[incident]}; and ${more} times before`);
  };
};
