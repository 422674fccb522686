import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { type MadeUp, MemoryOutside } from '../../../test/memory/outside.ts';
import { MemorySupervisor } from '../../../test/memory/supervisor.ts';
import { type Verb, type VerbName, verbs } from '../../environment/command/index.ts';
import { main } from './index.ts';

interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
  /** What was opened. */
  readonly stores: readonly (string | undefined)[];
}

const isola = async (line: string, made: MadeUp = {}, keys?: string): Promise<Ended> => {
  const outside = new MemoryOutside(made);
  const stores: (string | undefined)[] = [];
  if (keys !== undefined) outside.keys.end(keys);
  const open = async ({ store }: { readonly store: string | undefined }): Promise<MemorySupervisor> => {
    stores.push(store);
    return new MemorySupervisor();
  };
  const status = await main(
    line.split(' ').filter((word) => word !== ''),
    open,
    outside,
  );
  return { status, out: outside.text(1), err: outside.text(2), stores };
};

test('data goes to standard output, in the format asked for', async () => {
  const table = await isola('list');
  assert.equal(table.status, 0);
  assert.match(table.out, /^NAME +PHASE +TECHNIQUE +IMAGE +ADDRESS +PORTS +UP +EXIT\nweb +running .*\ndb +stopped .*\n$/);
  assert.equal(table.err, '');
  const rows = JSON.parse((await isola('list --format json')).out) as { readonly name: string }[];
  assert.deepEqual(
    rows.map(({ name }) => name),
    ['web', 'db'],
  );
  assert.match((await isola('list --format=yaml')).out, /^- name: web\n/);
  assert.match((await isola('list --format csv')).out, /^name,id,phase,.*\r\nweb,00000000,running,/);
});

test('a comparison is told in columns with bars, as one document, or as a line for each figure', async () => {
  const table = await isola('compare');
  assert.match(table.out, /^busybox, against the bare host\n/);
  assert.match(table.out, /\nbare system calls +os-level +1\.24× +1\.22 to 1\.26 +0\.98 to 1\.03 +┃━+\n +paravirtualization +31\.0×/);
  assert.ok((await isola('compare', { terminals: [1] })).out.includes('\u001b[36m━'));
  assert.ok(!(await isola('compare', { terminals: [1], env: { NO_COLOR: '1' } })).out.includes('\u001b'));
  const { figures } = JSON.parse((await isola('compare --format json')).out) as { readonly figures: readonly unknown[] };
  const lines = (await isola('compare --format csv')).out.split('\r\n');
  assert.equal(lines[0], 'what,name,subject,unit,quantity,value,low,high,sessions,samples,inside,host,reason');
  assert.equal(lines.length, figures.length + 2);
  assert.match((await isola('-v compare')).err, /network, latency, paravirtualization: no way to the host/);
  const mixed = await isola('compare --quick --full');
  assert.deepEqual([mixed.status, mixed.err.split('\n')[0]], [2, 'isola: --quick and --full don’t go together']);
  const unknown = await isola('compare --techniques os-level,magic');
  assert.deepEqual([unknown.status, unknown.err.split('\n')[0]], [2, 'isola: --techniques can\'t be "os-level,magic"']);
});

test('quiet leaves the names', async () => {
  assert.equal((await isola('list -q')).out, 'web\ndb\n');
  assert.equal((await isola('list --quiet')).out, 'web\ndb\n');
  assert.equal((await isola('launch -q busybox')).out, 'made-up\n');
  assert.equal((await isola('stop --quiet web')).out, 'web\n');
  assert.match((await isola('image list -q')).out, /^sha256:0{64}\n/);
});

test('every answer of every command has the shape its schema publishes', async () => {
  const lines: Readonly<Partial<Record<VerbName, string>>> = {
    launch: 'busybox a b',
    start: 'db',
    stop: 'web',
    restart: 'web',
    pause: 'web',
    resume: 'web',
    delete: '-f web',
    list: '',
    show: 'web',
    cp: 'a web:/b',
    set: 'web --onboot 1',
    stats: '',
    wait: 'db',
    rename: 'web www',
    clone: 'web w2',
    'snapshot create': 'web x',
    'snapshot list': '',
    'snapshot restore': 'web ready',
    'snapshot delete': 'web ready',
    'image list': '',
    'image build': 'debian/11',
    'image pull': 'oci:h/n:t',
    'image import': 'x.tar x',
    'image export': 'busybox x.tar',
    'image delete': 'busybox',
    'image prune': '',
    doctor: '--repair',
    version: '',
  };
  for (const [name, load] of Object.entries(verbs)) {
    const { result }: Verb = await load();
    if (result === null) continue;
    const { out, status } = await isola(`${name} ${lines[name as VerbName]} --format json`);
    assert.equal(status, 0, name);
    result.check(JSON.parse(out));
    const table = await isola(`${name} ${lines[name as VerbName]}`, { terminals: [0, 1, 2], columns: 60 });
    assert.equal(table.status, 0, name);
    assert.ok(table.out === '' || table.out.endsWith('\n'), name);
  }
});

test('errors go to standard error: the sentence, then the remedy', async () => {
  const { status, out, err } = await isola('show nobody');
  assert.deepEqual([status, out], [1, '']);
  assert.equal(err, 'isola: no environment is called nobody\n  isola list shows them all\n');
});

test('exit statuses tell apart who failed', async () => {
  const statuses: readonly (readonly [string, number])[] = [
    ['list', 0],
    ['show nobody', 1],
    ['show', 2],
    ['frobnicate', 2],
    ['list --format xml', 2],
    ['wait web --for stopped --timeout 1s', 124],
    ['launch defect', 70],
    ['exec nobody ls', 125],
    ['exec db ls', 125],
    ['exec web', 125],
    ['exec --bad web ls', 125],
    ['run nowhere/1 ls', 125],
    ['exec web -- /no/such/program', 127],
    ['exec web -- /etc/passwd', 126],
    ['exec web -- sh -c true', 0],
    ['exec web -- false', 1],
    ['exec --timeout 100ms web sleep 60', 124],
    ['doctor', 1],
    ['doctor --repair', 0],
  ];
  for (const [line, status] of statuses) {
    const ended = await isola(line);
    assert.equal(ended.status, status, `${line}: ${ended.err}`);
  }
});

test('a defect shows its stack and asks to be reported', async () => {
  const { err } = await isola('launch defect');
  assert.match(
    err,
    /^isola: defect: undefined is not an environment\n {2}TypeError: .*\n {6}at [\s\S]*\n {2}this is a mistake in isola: please report it/,
  );
});

test('with --format json errors are one JSON object, also those of the command line itself', async () => {
  const told = async (line: string): Promise<unknown> => (JSON.parse((await isola(line)).err) as { error: unknown }).error;
  assert.deepEqual(await told('show nobody --format json'), {
    code: 'unknown-environment',
    message: 'no environment is called nobody',
    remedy: 'isola list shows them all',
  });
  assert.equal(((await told('--format=json lst')) as { code: string }).code, 'usage');
  assert.equal(((await told('show --nope --format json')) as { code: string }).code, 'usage');
  assert.equal(((await told('launch defect --format json')) as { code: string }).code, 'defect');
  assert.match((await isola('exec nobody ls --format json')).err, /^isola: /);
});

test('the store is what --store says, else ISOLA_STORE', async () => {
  assert.deepEqual((await isola('list --store /a', { env: { ISOLA_STORE: '/b' } })).stores, ['/a']);
  assert.deepEqual((await isola('--store=/a list')).stores, ['/a']);
  assert.deepEqual((await isola('list', { env: { ISOLA_STORE: '/b' } })).stores, ['/b']);
  assert.deepEqual((await isola('list')).stores, [undefined]);
});

test('help and the version open no store', async () => {
  for (const line of ['', '--help', 'help', 'run --help', 'snapshot', 'help run', '--version', 'completion bash']) {
    const { status, out, stores } = await isola(line);
    assert.deepEqual([status, stores], [0, []], line);
    assert.notEqual(out, '', line);
  }
  assert.match((await isola('--version')).out, /^isola \d+\.\d+\.\d+\n$/);
  assert.equal((await isola('run -h')).out, (await isola('help run')).out);
});

test('remarks are for terminals, or for who asks', async () => {
  assert.equal((await isola('launch busybox')).err, '');
  assert.equal((await isola('launch busybox --verbose')).err, 'os-level: it needs no hardware support\n');
  assert.equal((await isola('-v launch busybox')).err, 'os-level: it needs no hardware support\n');
  assert.equal((await isola('launch busybox -q', { terminals: [2] })).err, '');
  assert.match((await isola('cp a web:/b', { terminals: [2] })).err, /2 files, 10 B copied\n/);
});

test('who wants everything gone is asked at a terminal, unless --yes', async () => {
  const terminals = [0, 1, 2];
  assert.equal((await isola('delete --all --force')).status, 0);
  assert.equal((await isola('delete --all --force --yes', { terminals })).status, 0);
  const yes = await isola('delete --all --force', { terminals }, 'y\n');
  assert.equal(yes.status, 0);
  assert.match(yes.err, /^Delete all environments with their files and snapshots\? \[y\/N\] /);
  for (const answer of ['n\n', '\n', '']) {
    const no = await isola('delete --all --force', { terminals }, answer);
    assert.equal(no.status, 1, answer);
    assert.match(no.err, /isola delete was declined, so nothing was done\n {2}answer y, or give --yes/);
    assert.equal(no.out, '');
  }
  assert.equal((await isola('delete --force web', { terminals })).status, 0);
});

test('a stream and an answer don’t share standard output', async () => {
  const { status, err, stores } = await isola('cp web:/etc - --format json');
  assert.equal(status, 2);
  assert.match(err, /isola cp can't write both a stream and json to standard output/);
  assert.deepEqual(stores, []);
  const alone = await isola('cp web:/etc -', { terminals: [2] });
  assert.deepEqual([alone.status, alone.out], [0, '']);
});

test('logs keep the two streams apart', async () => {
  const plain = await isola('logs web');
  assert.deepEqual([plain.out, plain.err], ['web is up\n', 'no swap\n']);
  const timed = await isola('logs --timestamps web');
  assert.deepEqual([timed.out, timed.err], ['2026-01-02T03:04:05.000Z web is up\n', '2026-01-02T03:04:06.500Z no swap\n']);
  assert.deepEqual([(await isola('logs -n1 web')).out, (await isola('logs -n0 web')).err], ['', '']);
});

test('usage is told as used, limit and hits; a share of a processor needs two readings', async () => {
  const one = await isola('stats');
  assert.match(
    one.out,
    /^NAME +CPU +MEMORY +PIDS +DISK +READ +WRITTEN +RECEIVED +SENT +HITS\nweb +20 ms +120 MiB of 512 MiB +23 of 2048 +1 GiB .* cpu 3 oom 1\n$/,
  );
  assert.match((await isola('stats --interval 50ms')).out, /\nweb +[\d.]+ % of 150 % /);
  // 20 ms of 50; a timer may come a millisecond early.
  const [row] = JSON.parse((await isola('stats --interval 50ms --format json')).out) as { readonly cpu: { readonly percent: number } }[];
  assert.ok(row && row.cpu.percent > 0 && row.cpu.percent < 45, JSON.stringify(row));
});

test('a narrow terminal shows what matters of usage', async () => {
  const { out } = await isola('stats', { terminals: [1], columns: 80 });
  for (const line of out.split('\n')) assert.ok(line.length <= 90);
  assert.match(out, /NAME.*CPU.*MEMORY.*PIDS.*HITS/);
  assert.doesNotMatch(out, /WRITTEN/);
});

test('names for shells to complete: a snapshot stands with its environment', async () => {
  assert.equal((await isola('complete environment')).out, 'web\ndb\n');
  assert.equal((await isola('complete image')).out, 'debian/12\nbusybox\n');
  assert.equal((await isola('complete snapshot')).out, 'web/ready\n');
  assert.equal((await isola('reap 00000000')).status, 0);
});

test('a computer’s console is its first serial port, and the command ends as it does', async () => {
  const booted = await isola('boot --kernel vmlinuz', {}, 'abq');
  assert.deepEqual([booted.status, booted.out, booted.err], [0, 'vmlinuz \n<abq>', '']);
  const stuck = await isola('boot --kernel vmlinuz --append halt');
  assert.deepEqual([stuck.status, stuck.err], [1, 'isola: the processor stands still\n']);
  assert.match((await isola('boot --append quiet')).err, /^isola: --append is a kernel’s command line\n/);
});

test('the console hands keys and bytes on, and Ctrl-] leaves it', async () => {
  const piped = await isola('console web', {}, 'ab\x1dc');
  assert.deepEqual([piped.status, piped.out, piped.err], [0, 'web login: <ab\x1dc>', '']);
  const outside = new MemoryOutside({ terminals: [0, 1, 2], columns: 90, rows: 30 });
  const ending = main(['console', 'web'], async () => new MemorySupervisor(), outside);
  const shows = async (text: string): Promise<void> => {
    while (!outside.text(1).includes(text)) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  await shows('90x30 ');
  outside.keys.write('ls');
  await shows('<ls>');
  Object.assign(outside.stdout, { columns: 70, rows: 20 });
  outside.stdout.emit('resize');
  await shows('[70x20]');
  outside.keys.write('x\x1dy');
  assert.equal(await ending, 0);
  assert.equal(outside.text(1), 'web login: 90x30 <ls>[70x20]<x>');
  assert.equal(outside.text(2), 'attached to web; Ctrl-] detaches\n\r\ndetached from web\n');
  assert.deepEqual(outside.rawModes, [true, false]);
});

test('the console’s end is the end, and the terminal is put back', async () => {
  const outside = new MemoryOutside({ terminals: [0, 1, 2] });
  setTimeout(() => outside.keys.write('q'), 30);
  assert.equal(await main(['console', 'web'], async () => new MemorySupervisor(), outside), 0);
  assert.deepEqual(outside.rawModes, [true, false]);
  assert.doesNotMatch(outside.text(2), /detached/);
});

test('published schemas are JSON schemas, and answers are valid by another validator', async (context) => {
  const program = `
import json, sys, jsonschema
for schema, answer in json.load(sys.stdin):
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(answer)
`;
  const answered = ['list', 'show web', 'stats', 'doctor', 'snapshot list', 'image list', 'version', 'stop web', 'wait db'];
  const pairs = await Promise.all(
    answered.map(async (line) => {
      const name = Object.keys(verbs).find((one) => line === one || line.startsWith(`${one} `)) as VerbName;
      const { result }: Verb = await verbs[name]();
      return [result?.schema, JSON.parse((await isola(`${line} --format json`)).out) as unknown];
    }),
  );
  const python = spawnSync('python3', ['-c', program], { input: JSON.stringify(pairs) });
  if (python.error || python.stderr.includes('No module named')) return context.skip('needs python3-jsonschema');
  assert.equal(python.status, 0, python.stderr.toString());
});
