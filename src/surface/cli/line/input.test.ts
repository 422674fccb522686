import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { type VerbName, verbs } from '../../../environment/command/index.ts';
import { Refusal } from '../../../environment/index.ts';
import type { Globals } from './globals.ts';
import { readInput } from './input.ts';
import { findVerb } from './verb.ts';

const read = async (...argv: string[]) => {
  const globals: Partial<Globals> = {};
  const found = await findVerb(argv, globals);
  assert.equal(found.kind, 'verb');
  if (found.kind !== 'verb') throw new Error('unreachable');
  return { name: found.name, input: await readInput(found.verb, found.rest, globals), globals };
};
const inputOf = async (...argv: string[]) => (await read(...argv)).input;

const refused = async (argv: readonly string[], sentence: RegExp, remedy: RegExp): Promise<void> => {
  await assert.rejects(read(...argv), (error) => {
    assert.ok(error instanceof Refusal, String(error));
    assert.match(error.message, sentence);
    assert.match(error.remedy, remedy);
    assert.equal(error.exit, 2);
    return true;
  });
};

/** Splits as the shell people type it into: bash itself. Redirections and pipes are cut off. */
const shellWords = (line: string): string[] => {
  const command = /^(?:[^"'|>]|"[^"]*"|'[^']*')*/.exec(line)?.[0] ?? '';
  const out = execFileSync('bash', ['-c', `printf '%s\\0' ${command}`], { encoding: 'utf8' });
  return out.split('\0').slice(0, -1);
};

test('every example in the table is understood', async () => {
  let count = 0;
  for (const [name, load] of Object.entries(verbs)) {
    for (const { line } of (await load()).examples) {
      const order = await read(...shellWords(line));
      assert.equal(order.name, name, line);
      count++;
    }
  }
  assert.ok(count > 50, `${count} examples`);
});

test('an input has every key of its verb', async () => {
  const argvs: Readonly<Partial<Record<VerbName, string[]>>> = { list: [], launch: ['x'], exec: ['a', 'b'], 'image pull': ['x'] };
  for (const [name, argv] of Object.entries(argvs)) {
    const verb = await verbs[name as VerbName]();
    const input = await inputOf(...name.split(' '), ...argv);
    assert.deepEqual(Object.keys(input).sort(), [...Object.keys(verb.operands), ...Object.keys(verb.options)].sort());
  }
});

test('options that are not given have their absent value', async () => {
  const input = await inputOf('launch', 'busybox');
  assert.equal(input['start'], true);
  assert.equal(input['hold'], false);
  assert.equal(input['init'], undefined);
  assert.equal(input['memoryBytes'], undefined);
  assert.deepEqual(input['publish'], []);
});

test('a value follows its option in the next word, behind an equals sign, or without anything', async () => {
  for (const argv of [['--memory', '512M'], ['--memory=512M'], ['-m', '512M'], ['-m512M']]) {
    assert.equal((await inputOf('launch', ...argv, 'busybox'))['memoryBytes'], 512 * 1024 ** 2, argv.join(' '));
  }
});

test('a value that begins with a hyphen is taken', async () => {
  assert.equal(await inputOf('wait', 'web', '--for', '-x-').catch((error: Refusal) => error.message), '--for can\'t be "-x-"');
  assert.equal((await inputOf('exec', '--workdir', '-odd', 'web', 'ls'))['workdir'], '-odd');
});

test('short flags are bundled, the last may take a value', async () => {
  const logs = await inputOf('logs', '-fn5', 'web');
  assert.deepEqual([logs['follow'], logs['last']], [true, 5]);
  assert.equal((await inputOf('exec', '-tu', 'root', 'web', 'ls'))['user'], 'root');
});

test('what may be denied is denied by --no-', async () => {
  assert.equal((await inputOf('launch', '--no-start', 'busybox'))['start'], false);
  assert.equal((await inputOf('run', '--no-tty', 'busybox'))['tty'], false);
  assert.equal((await inputOf('run', '--no-tty', '-t', 'busybox'))['tty'], true);
  await refused(['stop', '--no-force', 'web'], /no option --no-force/, /--help/);
});

test('a repeated option adds up where it may, else the last counts', async () => {
  const input = await inputOf('launch', '-p', '80', '-p', '8443:443', '--cpus', '1', '--cpus', '2', 'busybox');
  assert.equal((input['publish'] as unknown[]).length, 2);
  assert.equal(input['cpus'], 2);
});

test('options stand anywhere among the operands', async () => {
  const input = await inputOf('launch', 'debian/12', 'web', '-p', '8080:80', 'db', '--hold');
  assert.deepEqual([input['image'], input['names'], input['hold'], input['command']], ['debian/12', ['web', 'db'], true, []]);
});

test('two hyphens end the options', async () => {
  assert.deepEqual((await inputOf('delete', '--', '-f', '--all'))['names'], ['-f', '--all']);
});

test('a lone hyphen is an operand', async () => {
  const input = await inputOf('cp', '-', 'web:/srv');
  assert.deepEqual([input['source'], input['target']], ['-', 'web:/srv']);
});

test('the first word after the operands starts the command, and all of it is left as it is', async () => {
  const cases: readonly (readonly [string[], string[]])[] = [
    [
      ['web', 'ls', '-l'],
      ['ls', '-l'],
    ],
    [
      ['web', '--', 'ls', '--', '-l'],
      ['ls', '--', '-l'],
    ],
    [
      ['-u', 'root', 'web', 'ls', '--help', '--user', 'x'],
      ['ls', '--help', '--user', 'x'],
    ],
    [['web', '-u', 'root', 'ls'], ['ls']],
    [
      ['web', '--', '--', 'x'],
      ['--', 'x'],
    ],
    [
      ['--', 'web', 'ls', '-l'],
      ['ls', '-l'],
    ],
    [['--', 'web', '--', 'ls'], ['ls']],
  ];
  for (const [argv, command] of cases) {
    const input = await inputOf('exec', ...argv);
    assert.deepEqual([input['name'], input['command']], ['web', command], argv.join(' '));
  }
});

test('where operands have no end, a command stands behind two hyphens only', async () => {
  const input = await inputOf('launch', 'busybox', 'a', 'b', '--', 'sh', '-c', 'true');
  assert.deepEqual(
    [input['names'], input['command']],
    [
      ['a', 'b'],
      ['sh', '-c', 'true'],
    ],
  );
  await refused(['launch', '--', 'busybox'], /needs an IMAGE/, /isola launch \[OPTION…\] IMAGE \[NAME…\]/);
});

test('global options stand before, between and after the words of a command', async () => {
  for (const argv of [
    ['--store', '/s', '--format', 'json', 'snapshot', 'list'],
    ['snapshot', '--store=/s', '--format=json', 'list'],
    ['snapshot', 'list', '--format', 'json', '--store', '/s'],
  ]) {
    const { name, globals } = await read(...argv);
    assert.deepEqual([name, globals.store, globals.format], ['snapshot list', '/s', 'json']);
  }
});

test('a verb’s own option takes the letter of a global one', async () => {
  const launch = await read('launch', '-v', '/a:/b', 'busybox', '--verbose');
  assert.deepEqual(launch.input['volume'], [{ source: '/a', target: '/b', readOnly: false }]);
  assert.equal(launch.globals.verbose, true);
  assert.equal((await read('-v', 'launch', 'busybox')).globals.verbose, true);
  const list = await read('list', '-q');
  assert.deepEqual([list.input['quiet'], list.globals.quiet], [true, false]);
  assert.equal((await read('stop', '-q', 'web')).globals.quiet, true);
});

test('--format is only for commands that answer with data', async () => {
  await refused(['exec', '--format', 'json', 'web', 'ls'], /isola exec has no option --format/, /isola exec --help/);
});

test('typing errors are met with the nearest word and the help', async () => {
  await refused(['lst'], /no command "lst"/, /did you mean isola list\? isola --help/);
  await refused(['snapshot', 'lits'], /no command "snapshot lits"/, /did you mean isola snapshot list\? isola snapshot --help/);
  await refused(['ps'], /no command "ps"/, /did you mean isola list\?/);
  await refused(['frobnicate'], /no command "frobnicate"/, /^isola --help/);
  await refused(
    ['launch', '--memroy', '1G', 'busybox'],
    /isola launch has no option --memroy/,
    /did you mean --memory\? isola launch --help/,
  );
  await refused(['launch', '--mem', '1G', 'busybox'], /no option --mem/, /did you mean --memory\?/);
  await refused(['--vresion'], /isola has no option --vresion/, /did you mean --version\?/);
  await refused(
    ['launch', '--network', 'bridg', 'busybox'],
    /--network can't be "bridg"/,
    /did you mean bridge\? choose one of bridge, none, host/,
  );
  await refused(['list', '--phase', 'running2'], /--phase can't be "running2"/, /did you mean running\?/);
  await refused(['wait', 'web', '--for', 'prot:80'], /--for can't be/, /choose one of stopped, running, ready, port:…, log:…/);
  await refused(['completion', 'basch'], /SHELL can't be "basch"/, /did you mean bash\?/);
});

test('what is missing or too much is named with the way to write it', async () => {
  await refused(['show'], /isola show needs a NAME/, /write isola show NAME; isola show --help/);
  await refused(['show', 'a', 'b'], /isola show has no use for "b"/, /write isola show NAME/);
  await refused(['exec', 'web'], /isola exec needs a COMMAND/, /NAME COMMAND/);
  await refused(['pause'], /needs a NAME/, /isola pause NAME…/);
  await refused(['launch', '--memory'], /--memory needs a value: SIZE/, /isola launch --help/);
  await refused(['stop', '--force=yes', 'web'], /--force takes no value/, /--help/);
  await refused(['launch', '-m', 'lots', 'busybox'], /--memory can't be "lots"/, /512M/);
});

test('help needs no operands', async () => {
  assert.equal((await read('show', '--help')).globals.help, true);
  assert.equal((await read('exec', 'web', '-h')).globals.help, true);
  assert.equal((await read('exec', 'web', 'ls', '-h')).globals.help, false);
});

test('words without a command ask for help', async () => {
  const find = (...argv: string[]) => findVerb(argv, {});
  assert.deepEqual(await find(), { kind: 'help', words: [] });
  assert.deepEqual(await find('snapshot'), { kind: 'help', words: ['snapshot'] });
  assert.deepEqual(await find('help', 'snapshot', 'create'), { kind: 'help', words: ['snapshot', 'create'] });
  assert.deepEqual(await find('help', 'run'), { kind: 'help', words: ['run'] });
  assert.deepEqual(await find('--version'), { kind: 'version' });
  await refused(['help', 'rnu'], /no command "rnu"/, /did you mean isola run/);
});

test('every verb’s operands can be told apart: what has no end stands last, or before the command', async () => {
  for (const load of Object.values(verbs)) {
    const { operands, words } = await load();
    const arities = Object.values(operands)
      .map(({ arity }) => arity)
      .filter((arity) => arity !== 'command');
    assert.ok(
      arities.slice(0, -1).every((arity) => arity === 'one'),
      words.join(' '),
    );
  }
});

test('no two options of a verb are spelled the same', async () => {
  const { spell } = await import('../../../environment/command/index.ts');
  for (const load of Object.values(verbs)) {
    const { options, words } = await load();
    const all = Object.entries(options).flatMap(([key, { short }]) => [spell(key), ...(short === undefined ? [] : [short])]);
    assert.equal(new Set(all).size, all.length, words.join(' '));
  }
});
