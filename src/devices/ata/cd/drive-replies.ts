/** What a CD drive tells about itself: SPC-3, 6.4; MMC-5, 6.6, 6.7 and 7. */
import type { UnitState } from '../unit-state.ts';

/** A removable CD device that answers in the form of SPC; 6.4.2. */
export const tellInquiry = (into: Uint8Array, model: string): number => {
  into.fill(0, 0, 36);
  into.set([0x05, 0x80, 0x00, 0x21, 31], 0);
  const text = (at: number, count: number, value: string): void => {
    for (let index = 0; index < count; index++) into[at + index] = index < value.length ? value.charCodeAt(index) & 0x7f : 0x20;
  };
  text(8, 8, model);
  text(16, 16, model.slice(8));
  text(32, 4, '1.0');
  return 36;
};

const Profile = { cd: 0x0008, dvd: 0x0010 } as const;
/** What fits on a CD of 80 minutes; what is larger is taken for a DVD. */
const mostOnCd = 80 * 60 * 75;

/** Features: code, version and flags, data. 5.3 */
const featuresOf = (profile: number) =>
  [
    [0x0000, 0x03, [0, Profile.dvd, profile === Profile.dvd ? 1 : 0, 0, 0, Profile.cd, profile === Profile.cd ? 1 : 0, 0]],
    // Core: ATAPI.
    [0x0001, 0x0b, [0, 0, 0, 2, 1, 0, 0, 0]],
    // Removable medium in a tray that opens and can be locked.
    [0x0003, 0x07, [0x29, 0, 0, 0]],
    // Random readable, of 2048 bytes.
    [0x0010, profile === 0 ? 0x00 : 0x01, [0, 0, 8, 0, 0, 1, 0, 0]],
    [0x001d, 0x03, []],
    [0x001e, profile === Profile.cd ? 0x09 : 0x08, [0, 0, 0, 0]],
    [0x001f, profile === Profile.dvd ? 0x01 : 0x00, []],
    [0x0100, 0x03, []],
    [0x0105, 0x07, [0, 0, 0, 0]],
  ] as const;

/** From a feature on: all, those that are current, or one alone. Undefined for what isn't defined. */
export const tellConfiguration = (into: Uint8Array, packet: Uint8Array, sectors: number | undefined): number | undefined => {
  const which = (packet[1] ?? 0) & 3;
  if (which === 3) return undefined;
  const from = (packet[2] ?? 0) * 256 + (packet[3] ?? 0);
  const profile = sectors === undefined ? 0 : sectors > mostOnCd ? Profile.dvd : Profile.cd;
  const view = new DataView(into.buffer, into.byteOffset);
  into.fill(0, 0, 8);
  view.setUint16(6, profile);
  let at = 8;
  for (const [code, flags, data] of featuresOf(profile)) {
    if (which === 2 ? code !== from : code < from || (which === 1 && (flags & 1) === 0)) continue;
    view.setUint16(at, code);
    into[at + 2] = flags;
    into[at + 3] = data.length;
    into.set(data, at + 4);
    at += 4 + data.length;
  }
  view.setUint32(0, at - 4);
  return at;
};

const Page = { recovery: 0x01, audio: 0x0e, capabilities: 0x2a, all: 0x3f } as const;

/** MODE SENSE (10): current and default values, as nothing can be changed, and masks of zeros. Undefined for other pages and for saved ones. */
export const tellModes = (into: Uint8Array, packet: Uint8Array, state: UnitState, hasMedium: boolean): number | undefined => {
  const [control, page] = [(packet[2] ?? 0) >> 6, (packet[2] ?? 0) & 0x3f];
  if (control === 3) return undefined;
  const chosen = pagesOf(state).filter(([code]) => page === Page.all || page === code);
  if (chosen.length === 0) return undefined;
  into.fill(0, 0, 8);
  // As drives of SFF-8020 tell it: a CD of data of 120 mm, no medium, an open tray.
  into[2] = state.isOpen ? 0x71 : hasMedium ? 0x01 : 0x70;
  let at = 8;
  for (const [code, data] of chosen) {
    into[at] = code;
    into[at + 1] = data.length;
    into.set(control === 1 ? data.map(() => 0) : data, at + 2);
    at += 2 + data.length;
  }
  new DataView(into.buffer, into.byteOffset).setUint16(0, at - 2);
  return at;
};

const pagesOf = (state: UnitState) =>
  [
    [Page.recovery, [0, 5, 0, 0, 0, 0]],
    [Page.audio, [4, 0, 0, 0, 0, 75, 1, 0xff, 2, 0xff, 0, 0, 0, 0]],
    // Reads CD-R and DVD; multisession, mode 2; lock, eject, a tray; 706 KB/s a fourfold speed. MMC-3, 5.5.10.
    [Page.capabilities, [0x3b, 0, 0x70, 0x60, 0x29 | (state.isLocked ? 2 : 0), 0, ...speed, 0, 2, 0x02, 0x00, ...speed, 0, 0]],
  ] as const;
const speed = [0x1b, 0x90] as const;

/** GET EVENT STATUS NOTIFICATION: what came to pass with the medium, once. 6.6. Undefined where it is to be told later, and not asked for. */
export const tellEvent = (into: Uint8Array, packet: Uint8Array, state: UnitState, hasMedium: boolean): number | undefined => {
  if (((packet[1] ?? 0) & 1) === 0) return undefined;
  const isMedia = ((packet[4] ?? 0) & 0x10) !== 0;
  into.fill(0, 0, 8);
  into[1] = isMedia ? 6 : 2;
  into[2] = isMedia ? 0x04 : 0x80;
  into[3] = 0x10;
  if (!isMedia) return 4;
  into[4] = { none: 0, new: 2, gone: 3 }[state.event];
  into[5] = (hasMedium ? 2 : 0) | (state.isOpen ? 1 : 0);
  state.event = 'none';
  return 8;
};
