/** Whether firmware is at hand. */
import { firmware } from '../../src/computer/boot/firmware.ts';

export const whyNoFirmware = (): string | false => {
  try {
    firmware();
    return false;
  } catch (error) {
    return String(error);
  }
};
