/** How many processes a machine may have: its own kernel counts them, in a control group that its agent makes where a limit is given when it starts. */
import { AgentRefused } from '../../agent/index.ts';
import { Refusal } from '../../environment/index.ts';
import { converse } from '../../guest/agent.ts';
import type { Machine } from './machine.ts';

/** Undefined lifts it. Throws `fixed-while-running` where there is no such group. */
export const limitPids = async (machine: Machine, most: number | undefined): Promise<void> => {
  using conversation = await converse(machine);
  try {
    await conversation.session.limitPids(most);
  } catch (error) {
    if (!(error instanceof AgentRefused)) throw error;
    // Without a group there is nothing to lift.
    if (most !== undefined)
      throw new Refusal('fixed-while-running', [machine.definition.name, 'a limit of processes that it was started without']);
  }
};
