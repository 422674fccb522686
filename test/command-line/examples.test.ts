import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Verb, type VerbName, verbs } from '../../src/environment/command/index.ts';
import { provideDebian } from '../os-level/debian.ts';
import { commandLine, stage, whyNot } from '../stage/stage.ts';
import { scenes } from './scenes.ts';

const schemas = join(import.meta.dirname, '../../docs/schema');

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

test('every example of the command table has its scene', async () => {
  const tables: readonly Verb[] = await Promise.all(Object.values(verbs).map((load) => load()));
  const lines = tables.flatMap(({ examples }) => examples.map(({ line }) => line));
  assert.deepEqual(scenes.map(({ line }) => line).toSorted(), lines.toSorted());
});

describe('examples work as they are printed', { skip: await whyNot('os-level') }, () => {
  const place = stage();
  before(() => provideDebian(place, 12));
  const folder = mkdtempSync(join(tmpdir(), 'isola-examples-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const program = (name: string, store: string): void => {
    writeFileSync(`${folder}/${name}`, `#!/bin/sh\nexec '${commandLine.join("' '")}' --store '${store}' "$@"\n`);
    chmodSync(`${folder}/${name}`, 0o755);
  };
  program('isola', place.store);
  program('nowhere', '/proc/none');

  const shell = async (script: string): Promise<Ended> => {
    const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}`, NO_COLOR: '1' };
    const child = spawn('bash', ['-c', script], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const text = { out: '', err: '' };
    child.stdout.on('data', (chunk: Buffer) => {
      text.out += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      text.err += chunk;
    });
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { code, ...text };
  };

  for (const { line, before, within = '', exit = 0, shows = /(?:)/, instead = [], only } of scenes) {
    test(`isola ${line}`, async (context) => {
      if (only !== undefined) {
        const { err } = await shell(`nowhere ${line}`);
        assert.match(
          err,
          line.startsWith('boot ') ? /there is no \S+\n {2}give the / : /the store \/proc\/none/,
          'it is understood, and wants a store',
        );
        context.diagnostic(`only read: ${only}`);
        return;
      }
      if (before !== undefined) assert.equal((await shell(before)).code, 0, before);
      const here = instead.reduce((text, [from, to]) => text.replace(from, to), line);
      const { code, out, err } = await shell(`${within} isola ${here}`);
      assert.equal(code, exit, err);
      assert.match(out, shows);
    });
  }

  test('answers with data are valid by their published schemas, to another validator', async () => {
    const lines: readonly (readonly [VerbName, ...string[]])[] = [
      ['list'],
      ['show', 'worker'],
      ['stats'],
      ['snapshot list'],
      ['image list'],
      ['doctor'],
      ['version'],
      ['launch', 'busybox', 'x', 'y', '--hold'],
      ['set', 'x', '--pids', '100'],
      ['snapshot create', 'x', 's'],
      ['clone', 'x/s', 'z'],
      ['pause', 'y'],
      ['resume', 'y'],
      ['stop', '-f', 'x', 'y'],
      ['wait', 'y'],
      ['rename', 'z', 'zz'],
      ['snapshot restore', 'x', 's'],
      ['snapshot delete', 'x', 's'],
      ['cp', '/etc/passwd', 'x:/passwd'],
      ['start', 'y'],
      ['restart', '-f', 'y'],
      ['delete', '-f', 'x', 'y', 'zz'],
      ['image export', 'busybox', `${folder}/again.tar`],
      ['image import', `${folder}/again.tar`, 'again'],
      ['image delete', 'again'],
      ['image prune'],
    ];
    const pairs: unknown[] = [];
    for (const [name, ...args] of lines) {
      const schema = JSON.parse(readFileSync(`${schemas}/${name.replace(' ', '-')}.json`, 'utf8'));
      pairs.push([name, schema, await place.data(...name.split(' '), ...args)]);
    }
    writeFileSync(`${folder}/pairs.json`, JSON.stringify(pairs));
    const { code, err } = await shell(`python3 -c '
import json, jsonschema
for name, schema, answer in json.load(open("pairs.json")):
    try: jsonschema.Draft202012Validator(schema).validate(answer)
    except jsonschema.ValidationError as error: raise SystemExit(f"{name}: {error}")'`);
    assert.equal(code, 0, err);
  });
});
