/** How many sessions of how many rounds fit into the time there is. */
import type { Comparison } from '../../../environment/command/index.ts';
import { type Arena, runSession, type Session } from './session.ts';

export interface Pace {
  readonly effort: Comparison['effort'];
  /** All sessions together. */
  readonly seconds: number;
  /** As many as there shall be; one more takes more time than a few rounds, but tells more. */
  readonly sessions: number;
}

export const paces: Readonly<Record<Comparison['effort'], Pace>> = {
  quick: { effort: 'quick', seconds: 100, sessions: 9 },
  full: { effort: 'full', seconds: 780, sessions: 40 },
};

/** With fewer, the order statistics give no interval of 95 %. */
const sessionsLeast = 6;
const roundsMost = 12;

/** Each session gets its share of what time is left; where techniques are slow, there are fewer of them. */
export const runSessions = async (arena: Arena, { seconds, sessions: wanted }: Pace): Promise<readonly Session[]> => {
  const sessions: Session[] = [];
  const begun = performance.now();
  const left = (): number => seconds - (performance.now() - begun) / 1000;
  let rounds = 2;
  while (sessions.length < wanted) {
    const before = left();
    sessions.push(await runSession(arena, rounds));
    const took = before - left();
    if (sessions.length === 1) continue;
    const remaining = Math.max(sessionsLeast, wanted) - sessions.length;
    // The first one also finds out how fast everything is, so the second tells how long one takes.
    const share = left() / Math.max(1, remaining);
    rounds = Math.max(1, Math.min(roundsMost, Math.floor((rounds * share) / took)));
    if (sessions.length >= sessionsLeast && left() < took / rounds) break;
  }
  return sessions;
};
