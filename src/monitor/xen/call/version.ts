/** XENVER_*: xen/include/public/version.h. */
import { Errno, pageBytes, xenVersion } from '../numbers.ts';
import type { Answer, Frame } from './frame.ts';

const Op = {
  ...{ version: 0, extraVersion: 1, compileInfo: 2, capabilities: 3, changeset: 4, platform: 5, features: 6, pageSize: 7 },
  ...{ handle: 8, commandLine: 9, buildId: 10 },
} as const;
/** xen/include/public/features.h, XENFEAT_*: page tables are the guest's own; it hears of events by a vector; its clock is to be trusted. */
const features = [0, 2, 8, 9].reduce((bits, feature) => bits | (1 << feature), 0);
const lengths = { compiler: 64, by: 16, domain: 32, date: 32 } as const;

export const versionCalls = (frame: Frame): Answer => {
  const at = frame.argument(1);
  const text = (words: string, bytes: number): Answer => (frame.put(at, padded(words, bytes)) ? 0 : -Errno.fault);
  switch (frame.number(0)) {
    case Op.version:
      return xenVersion;
    case Op.extraVersion:
      return text('.0-isola', 16);
    case Op.compileInfo:
      return text('', lengths.compiler + lengths.by + lengths.domain + lengths.date);
    case Op.capabilities:
      return text('hvm-3.0-x86_32 hvm-3.0-x86_32p hvm-3.0-x86_64 ', 1024);
    case Op.changeset:
      return text('unavailable', 64);
    case Op.platform:
      return frame.put(at, new Uint8Array(frame.isLong ? 8 : 4)) ? 0 : -Errno.fault;
    case Op.features: {
      const view = frame.view(at, 8);
      if (view === undefined) return -Errno.fault;
      view.setUint32(4, view.getUint32(0, true) === 0 ? features : 0, true);
      return view.getUint32(0, true) > 0 ? -Errno.invalid : frame.put(at, view) ? 0 : -Errno.fault;
    }
    case Op.pageSize:
      return pageBytes;
    case Op.handle:
      return frame.put(at, new Uint8Array(16)) ? 0 : -Errno.fault;
    case Op.commandLine:
      return text('', 1024);
    case Op.buildId:
      return -Errno.noData;
    default:
      return -Errno.noCall;
  }
};

const padded = (text: string, bytes: number): Uint8Array => {
  const field = new Uint8Array(bytes);
  for (let at = 0; at < text.length; at++) field[at] = text.charCodeAt(at);
  return field;
};
