/** Every option of every command that takes a value: what can't be one is refused by its name and value, before anything is done. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Option, type Verb, verbs } from '../../src/environment/command/index.ts';
import { spell } from '../../src/environment/command/options.ts';
import { refuses } from './line.ts';

/** A store that can't be: whoever gets as far as opening it says so. */
const nowhere = '/proc/none';

const sizes = ['1Q', '', 'M', '-5M', '1.5.5G', '0x10', '1e3', '99999999999999999T', '٣M'];
const rates = ['0', '-1', '1X', '', 'fast'];
const weights = ['0', '10001', '1.5', '-1', '', 'x'];
const spans = ['abc', '-1', '', '5 parsecs', '1h-3m'];
const malformed: Readonly<Record<string, readonly string[]>> = {
  cpus: ['0', '-1', 'abc', '', '1,5', 'NaN', 'Infinity'],
  'cpu-weight': weights,
  cpuset: [',', 'a', '0-', '-1', '', '0,,1', '0 1'],
  memory: sizes,
  swap: sizes,
  pids: ['0', '-1', '1.5', '', 'x', '99999999'],
  'io-weight': weights,
  'io-read': rates,
  'io-write': rates,
  'io-read-ops': rates,
  'io-write-ops': rates,
  disk: sizes,
  'net-rate': [...rates, '1'],
  network: ['', 'Bridge', 'foo', 'file:/x', 'unix:', 'unix:/x,foo', 'unix:/x,mac=', 'unix:/x,mac=01:00:00:00:00:00', 'tcp:host', 'tcp:a:0'],
  ip: ['', '300.1.1.1', '1.2.3', '::1', '1.2.3.4/24', '01.2.3.4.5'],
  publish: ['', '0:80', '80:0', '99999:80', 'a:b', '80:80/sctp', '1.2.3:80:80', '300.1.1.1:80:80', '1:2:3:4'],
  hostname: ['', 'a b', '-a', 'a-', 'a..b', 'ü', 'a'.repeat(65), '--'],
  volume: ['', '/only', 'relative:/x', '/x:relative', '/x:/y:zz', '/x:/y:ro:more', ':/x'],
  root: ['', 'foo'],
  technique: ['', 'foo', 'xen'],
  techniques: ['', 'foo', 'os-level,xen', ','],
  timeout: spans,
  interval: spans,
  grace: spans,
  env: ['', '=x', 'A B=x', '1A=x', 'A-B=x'],
  'stop-signal': ['', 'sig term', 'SIGRTMIN+', '-9'],
  userns: ['', 'foo'],
  seccomp: ['', 'foo'],
  'cap-add': ['', 'net admin', 'CAP_'],
  'cap-drop': ['', '0'],
  onboot: ['', 'x', '-1', '10000', '1.5'],
  last: ['', 'x', '-1', '1.5'],
  for: ['', 'foo', 'started'],
  form: ['', 'zip'],
  phase: ['', 'foo'],
  ahci: ['x,format=', 'x,format=vdi', 'x,backing=', 'x,snapshot=,format=raw'],
  nvme: ['x,format=vdx'],
  virtio: ['x,backing='],
  page: ['', '65536', '000080'],
  gdb: ['', 'x', '0', '65536', '1/arm'],
  display: ['', 'foo', 'png:'],
  trace: [
    '',
    ',ports',
    'x,',
    'x,foo',
    'x,from=',
    'x,from=zero',
    'x,until=0x10000000000000000',
    'x,count=0',
    'x,count=-1',
    'x,in=1',
    'x,in=2-1',
  ],
  jit: ['', 'yes', '1', 'ON'],
  processor: ['', 'native', 'emulated,direct', 'KVM'],
  board: ['', 'PC', 'pc,microvm', 'q35'],
  monitor: [
    '',
    'xen-pv',
    'kvm,',
    'kvm,x',
    'none,clock',
    'kvm,clock,clock',
    'kvm,usual,eoi',
    'kvm,flush',
    'kvm,usual,yield',
    'none,usual',
    'xen,',
    'xen,clock',
  ],
  cpu: ['', 'x', 'x86-64-v2,', 'all,vendor=short', 'all,vendor=GenuineIntel,x'],
  serial: ['', 'x', 'com1', 'file:', 'unix:', 'tcp:', 'tcp:host', 'tcp::x', 'tcp::65536', 'tcp:host:0', 'unix:/x,foo', 'tcp:a:b:1'],
  channel: ['', 'x', 'x=', '=none', 'x=stdio', 'x=unix:', 'a b=none', 'x=tcp:host'],
  debugcon: ['', 'vc', 'file:'],
  post: ['', '0x80'],
  'load-address': ['', 'x', '-1', '0x100000000', '1M'],
  entry: ['', 'x', '0:', ':0', '0x10000:0', '0:0x10000', '1:2:3'],
};
/** What any text may be until something is looked up by it. */
const free = ['name', 'user', 'workdir', 'include', 'mirror', 'platform', 'credentials', 'chart', 'markdown', 'append'];

const takesValue = ({ kind }: Option<unknown>): boolean => kind === 'value' || kind === 'values';

for (const [name, load] of Object.entries(verbs)) {
  const verb: Verb = await load();
  const options = Object.entries(verb.options).filter(([, option]) => takesValue(option));
  if (verb.hidden || options.length === 0) continue;
  test(`isola ${name} refuses malformed values of all its options`, async () => {
    const operands = Object.values(verb.operands).flatMap(({ arity }) => (arity === 'one' || arity === 'some' ? ['x'] : []));
    const exit = name === 'run' || name === 'exec' || name === 'shell' ? 125 : 2;
    for (const [key, { names }] of options) {
      const spelled = spell(key);
      // Any path may be one; what isn't there is refused when it is opened. A volume is more than a path.
      if (free.includes(spelled) || (names === 'host path' && !['volume', 'trace', 'ahci', 'nvme', 'virtio'].includes(spelled))) continue;
      assert.ok(malformed[spelled], `no malformed value of --${spelled} is known`);
      for (const text of malformed[spelled]) {
        const shown = text.toUpperCase().replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&');
        // A signal or capability may be shown by its whole name.
        const says = new RegExp(`^isola: (--${spelled}|a capability) can't be "(SIG|CAP_)?${shown}"\\n`, 'i');
        await refuses(nowhere, [...name.split(' '), `--${spelled}=${text}`, ...operands], exit, says);
      }
    }
  });
}

test('an option without its value, with one too many, or unknown, is refused by its name', async () => {
  await refuses(nowhere, ['run', '--memory'], 125, /--memory needs a value: SIZE/);
  await refuses(nowhere, ['list', '--quiet=yes'], 2, /--quiet takes no value/);
  await refuses(nowhere, ['launch', '--memori', '1G', 'busybox'], 2, /no option --memori\n {2}did you mean --memory\?/);
  await refuses(nowhere, ['list', '--format', 'xml'], 2, /--format can't be "xml"/);
  await refuses(nowhere, ['list', '-z'], 2, /no option -z/);
});

test('operands too few or too many are refused with how it is written', async () => {
  for (const [name, load] of Object.entries(verbs)) {
    const verb: Verb = await load();
    if (verb.hidden) continue;
    const words = name.split(' ');
    const arities = Object.values(verb.operands).map(({ arity }) => arity);
    const status = (exit: number): number => (['run', 'exec', 'shell'].includes(name) ? 125 : exit);
    if (arities.some((arity) => arity === 'one' || arity === 'some')) {
      await refuses(nowhere, words, status(2), new RegExp(`^isola: isola ${name} needs an? [A-Z/[\\]]+\\n {2}write isola ${name} `));
    }
    if (arities.every((arity) => arity === 'one' || arity === 'optional')) {
      const most = Object.values(verb.operands).map(({ choices }, at) => choices?.[0] ?? `x${at}`);
      await refuses(nowhere, [...words, ...most, 'more'], status(2), new RegExp(`has no use for "more"\\n {2}write isola ${name}`));
    }
  }
});

test('weird bytes are shown and never steer a terminal', async () => {
  await refuses(nowhere, ['run\u001b[2J\n'], 2, /no command "run\\x1b\[2J\\x0a"/);
  await refuses(nowhere, ['list', '--format', 'a\rb'], 2, /can't be "a\\x0db"/);
  await refuses(nowhere, ['launch', '--memory', '\u202e1G', 'x'], 2, /--memory can't be/);
});

test('unknown commands are refused with what was probably meant, also by other tools’ words for it', async () => {
  for (const [word, meant] of [
    ['rum', 'run'],
    ['ps', 'list'],
    ['rmi', 'image delete'],
    ['save', 'image export'],
    ['attach', 'console'],
  ] as const) {
    await refuses(nowhere, [word], 2, new RegExp(`no command "${word}"\\n {2}did you mean isola ${meant}\\?`));
  }
  await refuses(nowhere, ['frobnicate'], 2, /no command "frobnicate"\n {2}isola --help shows the commands/);
});
