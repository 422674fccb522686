/** What CPUID tells, as rows and as the kernel lays them out: struct kvm_cpuid2. */
import { linuxKvm } from '../../abi/index.ts';

/** A row of what CPUID tells. */
export interface CpuidRow {
  readonly leaf: number;
  /** Undefined where all are alike. */
  readonly subleaf: number | undefined;
  readonly eax: number;
  readonly ebx: number;
  readonly ecx: number;
  readonly edx: number;
}

export const rowsOf = (table: DataView): readonly CpuidRow[] => {
  const { head, entry, hasSubleaf, ...at } = linuxKvm.cpuid;
  return Array.from({ length: table.getUint32(0, true) }, (_, index) => {
    const word = (place: number): number => table.getUint32(head + entry * index + place, true);
    const subleaf = (word(at.flags) & hasSubleaf) === 0 ? undefined : word(at.subleaf);
    return { leaf: word(at.leaf), subleaf, eax: word(at.eax), ebx: word(at.ebx), ecx: word(at.ecx), edx: word(at.edx) };
  });
};

/** As the kernel wants it. */
export const tableOf = (rows: readonly CpuidRow[]): DataView<ArrayBuffer> => {
  const { head, entry, hasSubleaf, ...at } = linuxKvm.cpuid;
  const table = new DataView(new ArrayBuffer(head + rows.length * entry));
  table.setUint32(0, rows.length, true);
  for (const [index, { leaf, subleaf, eax, ebx, ecx, edx }] of rows.entries()) {
    const put = (place: number, value: number): void => table.setUint32(head + entry * index + place, value, true);
    put(at.leaf, leaf);
    put(at.subleaf, subleaf ?? 0);
    put(at.flags, subleaf === undefined ? 0 : hasSubleaf);
    for (const [place, value] of [
      [at.eax, eax],
      [at.ebx, ebx],
      [at.ecx, ecx],
      [at.edx, edx],
    ] as const)
      put(place, value);
  }
  return table;
};
