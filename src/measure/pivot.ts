/** A comparison as people look at it: one row for each thing that was measured, the techniques side by side. */
import type { Comparison, Figure } from '../environment/command/index.ts';

export interface Row {
  readonly what: string;
  readonly name: string;
  readonly unit: Figure['unit'];
  /** The bare host against itself; absent for what has no ratio. */
  readonly noise: Figure | undefined;
  /** In the order of the techniques. */
  readonly figures: readonly Figure[];
}

export const pivot = ({ figures }: Pick<Comparison, 'figures'>): readonly Row[] =>
  [...Map.groupBy(figures, ({ what }) => what)].flatMap(([what, all]) => {
    const [first] = all;
    if (first === undefined) return [];
    const noise = all.find(({ subject }) => subject === 'host');
    return [{ what, name: first.name, unit: first.unit, noise, figures: all.filter(({ subject }) => subject !== 'host') }];
  });

/** Rows that tell how many times what the bare host takes. */
export const isRatio = ({ unit }: Pick<Row, 'unit'>): boolean => unit === '×';

/** `1.01×`, `84 ms`; a hyphen where there is none. */
export const valueText = ({ value, unit }: Figure): string => {
  if (value === null) return '-';
  if (unit === '×') return `${digits(value)}×`;
  return unit === '1/GiB' ? `${value} per GiB` : `${digits(value)} ${unit}`;
};

/** `1.00 to 1.02`; empty where there is none. */
export const intervalText = ({ low, high }: Figure): string => (low === null || high === null ? '' : `${digits(low)} to ${digits(high)}`);

/** As many digits as an interval leaves any meaning to: two behind the point, or three in all. */
export const digits = (value: number): string => {
  if (value === 0 || !Number.isFinite(value)) return `${value}`;
  const size = Math.abs(value);
  return size < 0.1
    ? `${Number(value.toPrecision(2))}`
    : size < 10
      ? value.toFixed(2)
      : size < 100
        ? value.toFixed(1)
        : `${Math.round(value)}`;
};

/** `2 × AMD EPYC in a virtual machine, 24 GiB, Linux 6.18.44`. */
export const machineText = ({ processor, processors, memoryBytes, kernel, isVirtual }: Comparison['machine']): string =>
  `${processors} × ${processor}${isVirtual ? ' in a virtual machine' : ''}, ${Math.round(memoryBytes / 2 ** 30)} GiB, Linux ${kernel}`;

/** `2026-11-25, quick, 97 s, load average 0.3 before`. */
export const occasionText = ({ measuredAt, effort, seconds, loadBefore }: Comparison): string =>
  `${measuredAt.slice(0, 10)}, ${effort}, ${seconds} s, load average ${digits(loadBefore)} before`;

/** `3,100 lines of its own, 9,800 shared; 12 packages, 34 MiB`. */
export const complexityText = ({ lines, shared, packages }: Comparison['techniques'][number]['complexity']): string => {
  const sizes = Object.values(packages);
  const mib = Math.round(sizes.reduce((sum, bytes) => sum + bytes, 0) / 2 ** 20);
  const counted = lines === null ? 'lines not recorded' : `${grouped(lines)} lines of its own, ${grouped(shared ?? 0)} shared`;
  return sizes.length === 0 ? counted : `${counted}; ${sizes.length} Debian packages, ${mib} MiB`;
};

/** `12,345` */
const grouped = (count: number): string => `${count}`.replace(/\B(?=(\d{3})+$)/g, ',');
