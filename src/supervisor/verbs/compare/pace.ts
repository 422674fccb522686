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

/** With fewer, an interval is the range of their medians, and holds less than it says. */
const sessionsLeast = 3;
const roundsMost = 12;

/** Sessions of as many rounds as fit into each one's share of the time that is left; fewer sessions where making environments takes that long. */
export const runSessions = async (arena: Arena, pace: Pace, run: typeof runSession = runSession): Promise<readonly Session[]> => {
  const sessions: Session[] = [];
  const begun = performance.now();
  const leftMs = (): number => pace.seconds * 1000 - (performance.now() - begun);
  for (let rounds = 2; sessions.length < pace.sessions; ) {
    const before = leftMs();
    const session = await run(arena, rounds);
    sessions.push(session);
    // The first one also finds out how fast everything is: what it took beyond the making is more than another's rounds will.
    const roundMs = (before - leftMs() - session.madeMs) / rounds;
    const shareMs = leftMs() / Math.max(1, pace.sessions - sessions.length);
    rounds = Math.max(1, Math.min(roundsMost, Math.floor((shareMs - session.madeMs) / roundMs)));
    if (sessions.length >= sessionsLeast && leftMs() < session.madeMs + roundMs) break;
  }
  return sessions;
};
