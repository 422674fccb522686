/** Many isola processes at once on one store: none of what they do is lost, and nothing is half made. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { leftovers } from '../crash/aftermath.ts';
import { randomFrom } from '../crash/random.ts';
import { Stage, stage, type Told, whyNot } from '../stage/stage.ts';

const skip = (await whyNot('os-level')) ?? false;
const many = 20;
const launchWords = ['--hold', '--network', 'none'] as const;

const numbered = Array.from({ length: many }, (_, index) => `ve-${String(index).padStart(2, '0')}`);
const codes = (told: readonly Told[]): readonly number[] => told.map(({ code }) => code);
const complaints = (told: readonly Told[]): string => told.map(({ code, stderr }) => `${code}: ${stderr}`).join('');

const phases = async (where: Stage): Promise<Readonly<Record<string, string>>> => {
  const rows = await where.look('list', { names: [], phase: undefined, quiet: false });
  return Object.fromEntries(rows.map(({ name, phase }) => [name, phase]));
};

describe('many at once', { skip }, () => {
  const playground = stage();
  const all = (line: (name: string) => readonly string[]): Promise<Told[]> =>
    Promise.all(numbered.map((name) => playground.tell(line(name))));
  const allIn = (phase: string): Readonly<Record<string, string>> => Object.fromEntries(numbered.map((name) => [name, phase]));

  test('the first commands of an empty store make it together, and one image', async () => {
    const told = await Promise.all([
      playground.tell(['launch', 'busybox', 'first', ...launchWords]),
      playground.tell(['launch', 'busybox', 'second', '--hold']),
      playground.tell(['run', 'busybox', '--', 'true']),
      playground.tell(['list']),
    ]);
    assert.deepEqual(codes(told), [0, 0, 0, 0], complaints(told));
    assert.deepEqual(await phases(playground), { first: 'running', second: 'running' });
    assert.equal((await playground.look('image list', { references: [], quiet: false })).length, 1);
    assert.deepEqual(await leftovers(playground), []);
    await playground.ok('delete', '--force', '--all');
  });

  test(`${many} launches of different names all come up, ${many} stops stop them, ${many} deletes leave nothing`, async () => {
    const launched = await all((name) => ['launch', 'busybox', name, '--hold']);
    assert.ok(
      codes(launched).every((code) => code === 0),
      complaints(launched),
    );
    assert.deepEqual(await phases(playground), allIn('running'));
    const rows = await playground.look('list', { names: [], phase: undefined, quiet: false });
    assert.equal(new Set(rows.map(({ address }) => address)).size, many);
    assert.deepEqual(await leftovers(playground), []);

    const stopped = await all((name) => ['stop', '--force', name]);
    assert.ok(
      codes(stopped).every((code) => code === 0),
      complaints(stopped),
    );
    assert.deepEqual(await phases(playground), allIn('stopped'));
    assert.deepEqual(await leftovers(playground), []);

    const deleted = await all((name) => ['delete', name]);
    assert.ok(
      codes(deleted).every((code) => code === 0),
      complaints(deleted),
    );
    assert.deepEqual(await phases(playground), {});
    assert.deepEqual(await leftovers(playground), []);
  });

  test(`of ${many} launches of one name one wins, and the others are told that it is taken`, async () => {
    const told = await all(() => ['launch', 'busybox', 'wanted', ...launchWords]);
    const losers = told.filter(({ code }) => code !== 0);
    assert.equal(losers.length, many - 1, complaints(told));
    for (const { code, stderr } of losers) {
      assert.equal(code, 1);
      assert.match(stderr, /^isola: an environment called wanted is there already\n {2}choose another name, or isola delete wanted\n$/);
    }
    assert.deepEqual(await phases(playground), { wanted: 'running' });
    assert.deepEqual(await leftovers(playground), []);
  });

  test(`${many} stops of one name all find it stopped, ${many} deletes all find it gone`, async () => {
    const stopped = await all(() => ['stop', '--force', 'wanted']);
    assert.ok(
      codes(stopped).every((code) => code === 0),
      complaints(stopped),
    );
    assert.deepEqual(await phases(playground), { wanted: 'stopped' });
    const deleted = await all(() => ['delete', 'wanted']);
    for (const { code, stderr } of deleted) if (code !== 0) assert.match(stderr, /^isola: no environment is called wanted\n/);
    assert.ok(codes(deleted).includes(0));
    assert.deepEqual(await phases(playground), {});
    assert.deepEqual(await leftovers(playground), []);
  });

  const seed = Number(process.env['ISOLA_SEED'] ?? 3);

  test(`a storm of launches, starts, stops and deletes of a few names ends as the last word has it, seed ${seed}`, async () => {
    const random = randomFrom(seed);
    const names = ['rain', 'hail', 'wind'];
    const words = (name: string): readonly (readonly string[])[] => [
      ['launch', 'busybox', name, ...launchWords],
      ['launch', 'busybox', name, '--hold', '--root', 'overlay'],
      ['start', name],
      ['stop', '--force', name],
      ['restart', '--force', name],
      ['snapshot', 'create', name],
      ['delete', '--force', name],
    ];
    for (let wave = 0; wave < 2; wave++) {
      const lines = Array.from({ length: many }, () => {
        const choices = words(names[Math.floor(random() * names.length)]!);
        return choices[Math.floor(random() * choices.length)]!;
      });
      const told = await Promise.all(lines.map((line) => playground.tell(line)));
      // Whoever came too late or too early is refused in a sentence; nobody meets a defect.
      for (const [index, { code, stderr }] of told.entries()) {
        const line = `isola ${lines[index]?.join(' ')} ended with ${code}: ${stderr}`;
        assert.ok([0, 1].includes(code), line);
        if (code === 1) assert.match(stderr, /^isola: (?:an environment called|no environment is called|\w+ is (?:stopped|running))/, line);
      }
      assert.deepEqual(await leftovers(playground), []);
      for (const phase of Object.values(await phases(playground))) assert.match(phase, /^(?:running|stopped)$/);
    }
    await playground.ok('delete', '--force', ...names);
    assert.deepEqual(await phases(playground), {});
    assert.deepEqual(await leftovers(playground), []);
  });

  test('two stores at once know nothing of each other', async () => {
    const others = [new Stage(), new Stage()];
    try {
      const told = await Promise.all(
        others.flatMap((one) => [one.tell(['launch', 'busybox', 'same', '--hold']), one.tell(['run', 'busybox', '--', 'true'])]),
      );
      assert.deepEqual(codes(told), [0, 0, 0, 0], complaints(told));
      for (const one of others) assert.deepEqual(await phases(one), { same: 'running' });
      const [first, second] = others;
      await first?.ok('delete', '--force', 'same');
      assert.deepEqual(await phases(second!), { same: 'running' });
      assert.equal(await second?.ok('exec', 'same', '--', 'echo', 'here'), 'here\n');
      for (const one of others) assert.deepEqual(await leftovers(one), []);
    } finally {
      for (const one of others) await one.leave();
    }
  });
});
