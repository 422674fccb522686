/** What an AHCI controller keeps beside its configuration space. */
import { flag, list, part, type StateOf, u16, u32 } from '../../machine/index.ts';
import { freshUnit, unitSchema } from '../ata/index.ts';
import { Cmd, mostPorts } from './registers.ts';

const portSchema = {
  ...{
    list: u32,
    listHigh: u32,
    received: u32,
    receivedHigh: u32,
    is: u32,
    ie: u32,
    command: u32,
    control: u16,
    error: u32,
    issue: u32,
    isInReset: flag,
  },
  /** A command went wrong, and nothing is done until it is stopped. */
  isHeld: flag,
  unit: part(unitSchema),
};
export const ahciSchema = { ghc: u32, is: u32, ports: list(mostPorts, part(portSchema)) };
export type PortState = StateOf<typeof portSchema>;
export type AhciState = StateOf<typeof ahciSchema>;

export const freshPort = (unit = freshUnit()): PortState => ({
  ...{
    list: 0,
    listHigh: 0,
    received: 0,
    receivedHigh: 0,
    is: 0,
    ie: 0,
    command: Cmd.spinUp | Cmd.power,
    control: 0,
    error: 0,
    issue: 0,
    isInReset: false,
  },
  ...{ isHeld: false, unit },
});
