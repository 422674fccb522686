/** Verbs that make environments, start, stop and remove them. */
import { techniqueNames } from '../spec.ts';
import { parseSpan } from '../value/units.ts';
import {
  asText,
  creationOptions,
  liftableLimits,
  parseHostname,
  parseOnboot,
  parsePublish,
  parseTechnique,
  parseVolume,
  terminalOptions,
} from './options.ts';
import { deeds, waited } from './results.ts';
import { any, command, flag, one, passing, some, value, values, verb } from './verb.ts';

const image = one('IMAGE', 'image', 'debian/12, busybox, oci:host/name:tag, or a name from isola image list');
const names = some('NAME', 'environment', 'environments');
const anyNames = any('NAME', 'environment', 'environments');
const grace = value('SPAN', (text) => parseSpan(text, '--grace'), 'time between asking and killing', { usually: 'as created' });
const all = flag('all environments');

export const run = passing({
  words: ['run'],
  summary: 'Run one command in a fresh environment, then remove it',
  details:
    'Standard streams, signals and the exit status are the command’s own. Isola’s own failures end with 125, a command that is not executable with 126, one that is missing with 127, one that ran out of --timeout with 124.',
  operands: { image, command: command('program and arguments; the image’s own if left away') },
  options: {
    name: value('NAME', asText, 'name it', { usually: 'run-…' }),
    keep: flag('keep the environment afterwards'),
    ...terminalOptions,
    ...creationOptions,
  },
  examples: [
    { line: 'run debian/12 -- cat /etc/os-release', does: 'print a file of a fresh Debian 12' },
    { line: 'run busybox', does: 'a shell, when on a terminal' },
    { line: 'run --memory 256M --network none --timeout 10s busybox -- sh ./generated.sh', does: 'untrusted code on a short leash' },
    {
      line: 'run -v "$PWD:/work" -w /work oci:docker.io/library/node:26 -- npm test',
      does: 'the tests of this folder in an image from a registry',
    },
  ],
});

export const launch = verb({
  words: ['launch'],
  summary: 'Create environments that go on by themselves',
  details:
    'An image with an init system boots it; another runs the command given, or its own. With --hold an init waits for isola exec. Several names make several environments.',
  operands: {
    image,
    names: any('NAME', 'nothing', 'names; one is made up if left away'),
    command: command('after --: program and arguments instead of the image’s own'),
  },
  options: {
    hold: flag('run nothing but an init that waits for isola exec'),
    ephemeral: flag('delete it when it ends'),
    start: { ...flag('start it'), deniable: true, absent: true, usually: 'yes' },
    wait: flag('return when it is ready: its init system has come up'),
    onboot: value('ORDER', parseOnboot, 'start it at boot, low numbers first'),
    ...creationOptions,
  },
  examples: [
    { line: 'launch debian/12 web -p 8080:80', does: 'a Debian system, its port 80 on 127.0.0.1:8080' },
    { line: 'launch --wait debian/12 db --memory 1G --disk 10G', does: 'return when systemd reports running' },
    {
      line: 'launch busybox worker -- sh -c "while :; do date; sleep 60; done"',
      does: 'a command that goes on; isola logs worker shows its output',
    },
  ],
  result: deeds,
});

export const start = verb({
  words: ['start'],
  summary: 'Start environments',
  operands: { names: anyNames },
  options: { all, onboot: flag('all that have an --onboot order, in that order') },
  examples: [
    { line: 'start web db', does: 'start two' },
    { line: 'start --onboot', does: 'what isola.service does at boot' },
  ],
  result: deeds,
});

export const stop = verb({
  words: ['stop'],
  summary: 'Stop environments: ask, wait, then kill',
  operands: { names: anyNames },
  options: { all, force: flag('kill at once', { short: 'f' }), grace },
  examples: [
    { line: 'stop web', does: 'shut it down' },
    { line: 'stop --grace 30s db', does: 'give it half a minute' },
  ],
  result: deeds,
});

export const restart = verb({
  words: ['restart'],
  summary: 'Stop environments and start them again',
  operands: { names: anyNames },
  options: { all, force: flag('kill at once', { short: 'f' }), grace },
  examples: [{ line: 'restart web', does: 'shut down and boot' }],
  result: deeds,
});

export const pause = verb({
  words: ['pause'],
  summary: 'Freeze environments: nothing inside runs, memory stays',
  operands: { names },
  options: {},
  examples: [{ line: 'pause web', does: 'freeze it' }],
  result: deeds,
});

export const resume = verb({
  words: ['resume'],
  summary: 'Let paused environments go on',
  operands: { names },
  options: {},
  examples: [{ line: 'resume web', does: 'go on where it was frozen' }],
  result: deeds,
});

const deleteVerb = verb({
  words: ['delete'],
  summary: 'Delete environments with their files and snapshots',
  operands: { names: anyNames },
  options: { all, force: flag('stop those that run, and don’t mind those that are gone', { short: 'f' }) },
  asks: { when: 'all', question: 'Delete all environments with their files and snapshots?' },
  examples: [
    { line: 'delete web', does: 'a stopped one' },
    { line: 'delete -f web db', does: 'also if they run' },
  ],
  result: deeds,
});

export { deleteVerb as delete };

export const rename = verb({
  words: ['rename'],
  summary: 'Give an environment another name',
  details: 'Others resolve the new name at once; the host name inside changes with its next start.',
  operands: { name: one('NAME', 'environment', 'environment'), newName: one('NEW', 'nothing', 'new name') },
  options: {},
  examples: [{ line: 'rename web web-old', does: 'make place for a new web' }],
  result: deeds,
});

export const clone = verb({
  words: ['clone'],
  summary: 'Make environments from another one, or from its snapshot',
  details:
    'Files are shared copy on write where the host’s file system can. A running source is frozen while its files are taken. Clones of an emulated machine that was kept while it ran are started: what ran goes on in each.',
  operands: { source: one('NAME[/SNAPSHOT]', 'environment or snapshot', 'source'), names: some('NEW', 'nothing', 'new names') },
  options: { start: flag('start them') },
  examples: [
    { line: 'clone web web2', does: 'a second one' },
    { line: 'clone --start web/ready w1 w2 w3', does: 'three from a snapshot' },
  ],
  result: deeds,
});

export const wait = verb({
  words: ['wait'],
  summary: 'Wait until an environment is ready, ended, or shows something',
  operands: { name: one('NAME', 'environment', 'environment') },
  options: {
    for: value('WHAT', asText, 'stopped, running, ready, port:N, or log:/regex/', {
      usually: 'stopped',
      choices: ['stopped', 'running', 'ready', 'port:', 'log:'],
    }),
    timeout: value('SPAN', (text) => parseSpan(text, '--timeout'), 'give up after this time, with status 124', { usually: 'no limit' }),
  },
  examples: [
    { line: 'wait web --for ready --timeout 1m', does: 'until its init system has come up' },
    { line: 'wait web --for port:80', does: 'until it accepts connections' },
    { line: 'wait job', does: 'until it ends' },
  ],
  result: waited,
});

export const set = verb({
  words: ['set'],
  summary: 'Change what an environment may use and how it is seen, while it runs where possible',
  details:
    'none lifts a limit. What can’t change while it runs is refused with what to do. Another technique takes the same files and addresses, copied where it keeps them in another way; what runs is started again, but with --live, between emulation and virtualization.',
  operands: { name: one('NAME', 'environment', 'environment') },
  options: {
    ...liftableLimits,
    onboot: value('ORDER', parseOnboot, 'start it at boot, low numbers first; none: don’t'),
    publish: values('[IP:]HOST:PORT[/udp]', parsePublish, 'publish these ports instead of the present ones', {
      short: 'p',
      group: 'Network',
    }),
    unpublish: flag('publish no ports', { group: 'Network' }),
    volume: values('SOURCE:TARGET[:ro]', parseVolume, 'show these instead of the present ones', {
      short: 'v',
      names: 'host path',
      group: 'Files',
    }),
    hostname: value('NAME', parseHostname, 'host name inside, from the next start', { group: 'Network' }),
    stopGrace: value('SPAN', (text) => parseSpan(text, '--grace'), 'time between asking and killing', { group: 'Process' }),
    technique: value('TECHNIQUE', parseTechnique, 'how it is made, from now on', { choices: [...techniqueNames, 'auto'] }),
    live: flag('take it to that technique as it runs, or not at all'),
  },
  examples: [
    { line: 'set web --memory 1G --cpus 1.5', does: 'live' },
    { line: 'set web --memory none', does: 'lift the limit' },
    { line: 'set web --onboot 10', does: 'start it at boot' },
    { line: 'set web --technique paravirtualization', does: 'give it a kernel of its own' },
    { line: 'set box --technique virtualization --live', does: 'an emulated one’s programs run as they are from now on' },
  ],
  result: deeds,
});
