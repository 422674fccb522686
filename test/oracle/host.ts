/** Whether the host's processor can be asked: what the manual leaves undefined is what AMD's processors do, where they agree, and it must have what is compared. */
import { existsSync, readFileSync } from 'node:fs';
import { arch } from 'node:os';

const needed = ['bmi1', 'bmi2', 'adx', 'movbe', 'abm', 'sse4_2', 'aes', 'pclmulqdq', 'avx'] as const;

/** Why not; false where it can. */
export const unasked = (): string | false => {
  if (arch() !== 'x64') return `the host's processor is no x86 but ${arch()}`;
  const cpu = existsSync('/proc/cpuinfo') ? readFileSync('/proc/cpuinfo', 'utf8') : '';
  if (!/^vendor_id\s*: AuthenticAMD$/m.test(cpu))
    return 'what is undefined is compared with processors of AMD alone, and the host has another';
  const flags = /^flags\s*:(.*)$/m.exec(cpu)?.[1]?.split(' ') ?? [];
  const lacking = needed.filter((flag) => !flags.includes(flag));
  return lacking.length === 0 ? false : `the host's processor has no ${lacking.join(', ')}`;
};
