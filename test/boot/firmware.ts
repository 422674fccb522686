/** Whether firmware is at hand. */
import { firmware } from '../../src/technique/emulation/firmware.ts';

export const whyNoFirmware = (): string | false => {
  try {
    firmware();
    return false;
  } catch (error) {
    return String(error);
  }
};
