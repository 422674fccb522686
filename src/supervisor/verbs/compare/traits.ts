/** What is not measured but known: what a technique boots, how much there is of it, what it reaches. */
import { fileURLToPath } from 'node:url';
import type { ComparedTechnique } from '../../../environment/command/index.ts';
import type { Technique, TechniqueName } from '../../../environment/index.ts';
import { readIfThere } from '../../../host/file/files.ts';
import { run } from '../../../host/program/run.ts';

const records = fileURLToPath(new URL('../../../../docs/coverage/', import.meta.url));

type Traits = Pick<ComparedTechnique, 'breadth' | 'complexity' | 'access'>;

export const traitsOf = async ({ name, access, leansOn }: Technique): Promise<Traits> => {
  const { own, shared } = linesOf(name);
  return { breadth: breadthOf(name), complexity: { lines: own, shared, packages: await installed(leansOn) }, access };
};

const notRecorded = 'not recorded';

/** `48 of 50 clauses of the contract; busybox, debian/12 …`, from the record of the tests; what can't be read was not recorded. */
const breadthOf = (name: TechniqueName): string => {
  const record = recorded('techniques.json');
  const mine = listIn(record, 'techniques').find((one) => one['technique'] === name);
  if (mine === undefined) return notRecorded;
  const [tests, images] = [listIn(mine, 'tests'), listIn(mine, 'images')];
  const booted = images.filter(passes).map(({ image }) => String(image));
  return `${tests.filter(passes).length} of ${tests.length} clauses of the contract${booted.length === 0 ? '' : `; ${booted.join(', ')}`}`;
};

const passes = ({ outcome }: Recorded): boolean => outcome === 'passes';

type Recorded = Readonly<Record<string, unknown>>;

const listIn = (value: unknown, key: string): readonly Recorded[] => {
  const list = isRecord(value) ? value[key] : undefined;
  return Array.isArray(list) ? list.filter(isRecord) : [];
};

const linesOf = (name: TechniqueName): { readonly own: number | null; readonly shared: number | null } => {
  const counted = recorded('complexity.json');
  const number = (value: unknown): number | null => (typeof value === 'number' ? value : null);
  if (!isRecord(counted) || !isRecord(counted['techniques'])) return { own: null, shared: null };
  return { own: number(counted['techniques'][name]), shared: number(counted['shared']) };
};

const recorded = (file: string): unknown => {
  try {
    return JSON.parse(readIfThere(`${records}${file}`) ?? 'null');
  } catch {
    return null;
  }
};

const isRecord = (value: unknown): value is Recorded => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Installed size of Debian packages, dpkg-query(1); of what dpkg doesn't know nothing is said. */
const installed = async (packages: readonly string[]): Promise<Readonly<Record<string, number>>> => {
  try {
    const format = '${Package} ${Installed-Size} ${db:Status-Status}\n';
    const { stdout } = await run('dpkg-query', ['--show', `--showformat=${format}`, ...packages], { accept: [0, 1] });
    const lines = stdout.split('\n').map((line) => line.split(' '));
    return Object.fromEntries(
      lines.flatMap(([name = '', kib, status]) => (status === 'installed' ? [[name, Number(kib) * 1024] as const] : [])),
    );
  } catch {
    return {};
  }
};
