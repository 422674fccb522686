import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unitText } from './unit.ts';

const text = (store: string, ...self: readonly string[]): readonly string[] => unitText({ store, self }).split('\n');
const line = (lines: readonly string[], key: string): string | undefined =>
  lines.find((one) => one.startsWith(`${key}=`))?.slice(key.length + 1);

/** What starts the start: each dollar is the shell's. */
const guarded = String.raw`/bin/sh -c "trap stopped=1 TERM; stopped=; \"$$@\"; ended=$$?; [ $$ended -gt 128 ] && [ -z \"$$stopped\" ] || exit $$ended; \"$$@\"" sh`;

test('a unit starts what has an order and stops everything, by isola’s own command line', () => {
  const lines = text('/var/lib/isola', '/usr/bin/node', '/srv/isola/src/cli.ts', '--store', '/var/lib/isola');
  assert.equal(line(lines, 'ExecStart'), `-${guarded} /usr/bin/node /srv/isola/src/cli.ts --store /var/lib/isola start --onboot`);
  assert.equal(line(lines, 'ExecStopPost'), '/usr/bin/node /srv/isola/src/cli.ts --store /var/lib/isola stop --all');
  assert.equal(line(lines, 'RequiresMountsFor'), '/var/lib/isola /usr/bin/node /srv/isola/src/cli.ts');
  assert.equal(line(lines, 'ConditionPathExists'), '/var/lib/isola/isola.db');
});

test('blanks, quotes, percent and dollar signs in paths stay what they are', () => {
  const lines = text('/srv/50% $x', '/opt/$my/node', '/srv/a "b" \\c/cli.ts', '--store', '/srv/50% $x');
  assert.equal(
    line(lines, 'ExecStart'),
    `-${guarded} "/opt/$$my/node" "/srv/a \\"b\\" \\\\c/cli.ts" --store "/srv/50%% $$x" start --onboot`,
  );
  assert.equal(line(lines, 'RequiresMountsFor'), '"/srv/50%% $x" "/opt/$my/node" "/srv/a \\"b\\" \\\\c/cli.ts"');
  assert.equal(line(lines, 'ConditionPathExists'), '/srv/50%% $x/isola.db');
});

test('a path that begins a line keeps its dollar', () => {
  assert.equal(line(text('/s', '/opt/$my/node', 'cli.ts'), 'ExecStopPost'), '"/opt/$my/node" cli.ts stop --all');
});
