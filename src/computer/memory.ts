/** How much memory somebody's computer has. */
import { fewestBytes, mostBytes } from '../board/index.ts';
import { type BootRequest, Refusal } from '../environment/index.ts';

const mib = 1024 ** 2;
const usualBytes = 512 * mib;

/** Throws `malformed-quantity` where no computer could have so much. */
export const memoryOf = ({ memoryBytes = usualBytes as NonNullable<BootRequest['memoryBytes']> }: BootRequest): number => {
  if (memoryBytes < fewestBytes || memoryBytes > mostBytes || memoryBytes % mib !== 0)
    throw new Refusal('malformed-quantity', [
      '--memory',
      `${memoryBytes} bytes`,
      `whole mebibytes from ${fewestBytes / mib}M to ${mostBytes / mib}M`,
    ]);
  return memoryBytes;
};
