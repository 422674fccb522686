/** Masks of control registers and EFER: SDM Vol. 3A, 2.5, and Vol. 4. */
export const Cr0 = {
  pe: 1 << 0,
  mp: 1 << 1,
  em: 1 << 2,
  ts: 1 << 3,
  et: 1 << 4,
  ne: 1 << 5,
  wp: 1 << 16,
  am: 1 << 18,
  nw: 1 << 29,
  cd: 1 << 30,
  pg: 1 << 31,
} as const;

export const Cr4 = {
  vme: 1 << 0,
  pvi: 1 << 1,
  tsd: 1 << 2,
  de: 1 << 3,
  pse: 1 << 4,
  pae: 1 << 5,
  mce: 1 << 6,
  pge: 1 << 7,
  pce: 1 << 8,
  osfxsr: 1 << 9,
  osxmmexcpt: 1 << 10,
  umip: 1 << 11,
  la57: 1 << 12,
  fsgsbase: 1 << 16,
  pcide: 1 << 17,
  osxsave: 1 << 18,
  smep: 1 << 20,
  smap: 1 << 21,
} as const;

export const Efer = { sce: 1 << 0, lme: 1 << 8, lma: 1 << 10, nxe: 1 << 11 } as const;
