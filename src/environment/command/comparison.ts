/** What `isola compare` answers. Fields are only ever added. */
import { techniqueNames } from '../spec.ts';
import { flag, integer, listOf, mapOf, nullable, number, oneOf, record, type TypeOf, text } from '../value/shape.ts';

export const efforts = ['quick', 'full'] as const;

export const figure = record({
  what: text('what was measured: start, cpu, call, memory-idle, …'),
  name: text('the same as people call it'),
  subject: oneOf([...techniqueNames, 'host'], 'the technique; host: the bare host against itself, which is the noise floor'),
  unit: oneOf(['×', 'ms', 'MiB', '1/GiB'], 'of value, low and high; × is how many times what the bare host takes'),
  quantity: text('what the value is of: processor time, wall time, memory'),
  value: nullable(number('the median of the sessions’ medians')),
  low: nullable(number('lower end of its 95 % interval')),
  high: nullable(number('upper end of its 95 % interval')),
  sessions: integer('how often it was measured from anew'),
  samples: integer('measurements in all'),
  inside: nullable(number('one operation inside, in nanoseconds')),
  host: nullable(number('one operation on the bare host, in nanoseconds')),
  reason: nullable(text('why there is no value')),
});
export type Figure = TypeOf<typeof figure>;

export const comparedTechnique = record({
  name: oneOf(techniqueNames, 'technique'),
  works: flag('whether it was measured'),
  detail: text('why not, or what is noteworthy'),
  clock: nullable(oneOf(['inside', 'outside'], 'whose clock counts: that of its environments, or the host’s because theirs differs')),
  breadth: text('what it boots, from the record of the tests'),
  complexity: record({
    lines: nullable(integer('lines of isola that are its own')),
    shared: nullable(integer('lines of isola that all techniques share')),
    packages: mapOf(integer('bytes it occupies'), 'Debian packages it leans on, and what is installed of them'),
  }),
  access: mapOf(text('how'), 'what of the host its environments reach: processor, memory, disk, network, devices, host files'),
});
export type ComparedTechnique = TypeOf<typeof comparedTechnique>;

export const machine = record({
  processor: text('model'),
  processors: integer('processors'),
  memoryBytes: integer('memory'),
  architecture: text('as Node names it'),
  system: text('distribution'),
  kernel: text('release of the kernel'),
  cgroups: text('which version of control groups'),
  fileSystem: text('where everything that was measured lay'),
  isVirtual: flag('whether it is a virtual machine itself'),
});
export type Machine = TypeOf<typeof machine>;

export const comparison = record({
  measuredAt: text('when it began, as RFC 3339 in UTC'),
  seconds: number('how long it took'),
  effort: oneOf(efforts, 'how much time it had'),
  image: text('image'),
  isola: text('version'),
  machine,
  loadBefore: number('load average over a minute when it began: what else the host did'),
  loadAfter: number('the same when it ended, its own part included'),
  techniques: listOf(comparedTechnique),
  figures: listOf(figure),
});
export type Comparison = TypeOf<typeof comparison>;
