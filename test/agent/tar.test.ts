/** Archives that the agent unpacks and packs itself, by the word of GNU tar and Python's tarfile; it is built with the sanitizers. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, suite, test } from 'node:test';
import { mutate, randomFrom } from '../../fuzz/mutation.ts';
import { guestSources } from '../../tools/build-guest.ts';
import { patienceMs } from '../stage/patience.ts';
import { behindRelay, order, type RealAgent } from './real-agent.ts';

const sanitized = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-fno-omit-frame-pointer', '-g', '-O1'];

const whyNot = (): string | false => {
  if (process.getuid?.() !== 0) return 'the agent changes its root, which takes root';
  const compiled = spawnSync('gcc', [...sanitized, '-x', 'c', '-', '-o', '/dev/null'], { input: 'int main(void) { return 0; }' });
  return compiled.status === 0 ? false : 'gcc has no address sanitizer here';
};

/** A tree with all that an archive can hold, made by the shell; $long is a name as long as a name may be. */
const tree = `
long=$(printf 'n%.0s' $(seq 1 250))
mkdir -p "$long/$long" deep/er && cd .
head -c 1000000 /dev/urandom > large && head -c 262144 /dev/urandom > exactly && : > empty
echo text > "$long/$long/file" && ln -s "$long/$long/file" "$long/symlink" && ln "$long/$long/file" "$long/hard"
ln -s ../up deep/up && ln -s /etc/passwd away && ln -s nowhere dangling
echo x > '-dash' && echo x > 'new
line' && printf x > "$(printf 'caf\\303\\251')"
head -c 99 /dev/zero | tr '\\0' a > a99 && echo > "$(printf 'b%.0s' $(seq 1 98))" && echo > "$(printf 'b%.0s' $(seq 1 100))"
mkfifo -m 640 pipe && mknod null c 1 3 && mknod loop b 7 9 && chmod 666 null
chown 12345:54321 large && chmod 6755 large && chown -h 7:8 dangling && chmod 1777 deep && chown 3000000:3000001 empty && chmod 0 empty
touch -d @1 a99 && touch -h -d @1000000000 away && touch -d @500 deep/er && touch -d @5000000000 exactly && touch -d @-5 -- -dash && touch -d @600 .
`;

/** What is there: names, kinds, modes, owners, sizes, times, contents, targets, devices and who is the same as whom. */
const described = (root: string): string => {
  const script = `find . -mindepth 1 ! -type d -printf '%P|%y|%m|%U|%G|%s|%Ts|%l|%n\\n' | sort
find . -type d -printf '%P|%y|%m|%U|%G|%Ts\\n' | sort
find . -type f -exec md5sum {} + | sort; find . -type c -o -type b | sort | xargs stat -c '%n %t %T'`;
  return execFileSync('bash', ['-c', script], { cwd: root, encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
};

/** Python leaves a symlink the time at which it made it. */
const withoutLinkTimes = (description: string): string => description.replace(/(\|l\|777\|\d+\|\d+\|\d+)\|\d+/g, '$1');

const byPython = `import io, sys, tarfile
archive = tarfile.open(fileobj=io.BytesIO(sys.stdin.buffer.read()))
archive.extractall('.', numeric_owner=True, filter='fully_trusted')`;

const tar = (root: string, ...args: readonly string[]): Buffer =>
  execFileSync('tar', ['--create', '--file=-', '--numeric-owner', ...args, '.'], { cwd: root, maxBuffer: 2 ** 26 });

/** An archive by Python’s tarfile. */
const made = (entries: string, format = 'PAX'): Buffer => {
  const program = `
import io, sys, tarfile
out = tarfile.open(fileobj=sys.stdout.buffer, mode='w|', format=tarfile.${format}_FORMAT)
def add(name, kind=tarfile.REGTYPE, mode=0o644, link='', body=b'', **more):
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.linkname, info.size = kind, mode, link, len(body)
    for key, value in more.items(): setattr(info, key, value)
    out.addfile(info, io.BytesIO(body))
${entries}
out.close()
`;
  return execFileSync('python3', ['-c', program], { maxBuffer: 2 ** 26 });
};

suite('the agent’s own archives', { skip: whyNot(), timeout: patienceMs }, () => {
  let folder: string;
  let root: string;
  let target: string;
  let agent: RealAgent;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'isola-agent-tar-'));
    for (const name of ['agent', 'relay'] as const)
      execFileSync('gcc', ['-std=gnu11', ...sanitized, '-o', join(folder, name), ...guestSources(name)]);
    agent = await behindRelay([join(folder, 'agent'), '3', '--root', '/'], { relay: join(folder, 'relay') });
    root = join(folder, 'tree');
    mkdirSync(root);
    execFileSync('bash', ['-e', '-c', tree], { cwd: root });
  });
  after(async () => {
    await agent[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    target = join(folder, 'target');
  });
  afterEach(() => rmSync(target, { recursive: true, force: true }));

  const carryOut = async (words: readonly string[], input: Uint8Array): Promise<{ code: number; said: string; bytes: Buffer }> => {
    const running = await agent.session.start(order(words, { own: true }));
    const collect = async (stream: AsyncIterable<Uint8Array>): Promise<Buffer> => Buffer.concat(await Array.fromAsync(stream));
    const [out, err] = [collect(running.stdout), collect(running.stderr)];
    await running.stdin.write(input);
    await running.stdin.end();
    const { code } = await running.exit;
    const said = (await err).toString();
    assert.doesNotMatch(said, /Sanitizer|runtime error/);
    return { code, said, bytes: await out };
  };
  const unpack = async (archive: Uint8Array): Promise<string> => {
    const { code, said } = await carryOut(['unpack', target], archive);
    assert.equal(code, said === '' ? 0 : 1, said);
    return said;
  };

  for (const [name, args] of [
    ['GNU', ['--format=gnu']],
    ['pax', ['--format=posix']],
  ] as const)
    test(`have all that GNU tar packs in its ${name} format`, async () => {
      assert.equal(await unpack(tar(root, ...args)), '');
      assert.equal(described(target), described(root));
    });

  test('have all that Python packs', async () => {
    for (const format of ['GNU', 'PAX']) {
      const archive = execFileSync(
        'python3',
        ['-c', `import sys, tarfile; tarfile.open(fileobj=sys.stdout.buffer, mode='w|', format=tarfile.${format}_FORMAT).add('.')`],
        { cwd: root, maxBuffer: 2 ** 26 },
      );
      // It is not closed there, so its end is missing.
      assert.equal(await unpack(Buffer.concat([archive, Buffer.alloc(1024)])), '');
      assert.equal(described(target), described(root));
      rmSync(target, { recursive: true });
    }
  });

  test('are unpacked by GNU tar and by Python as what was packed', async () => {
    const { code, said, bytes } = await carryOut(['pack', root], Buffer.alloc(0));
    assert.deepEqual([code, said, bytes.length % 10_240], [0, '', 0]);
    for (const [program, ...args] of [
      ['tar', '-x', '-p', '--numeric-owner', '-f', '-'],
      ['python3', '-c', byPython],
    ] as const) {
      mkdirSync(target);
      execFileSync(program, args, { cwd: target, input: bytes });
      assert.equal(
        program === 'tar' ? described(target) : withoutLinkTimes(described(target)),
        program === 'tar' ? described(root) : withoutLinkTimes(described(root)),
      );
      rmSync(target, { recursive: true });
    }
    const names = execFileSync('tar', ['-t', '-f', '-'], { input: bytes, encoding: 'utf8' }).split('\n');
    assert.equal(names[0], './');
    assert.ok(names.every((name) => name === '' || name.startsWith('./')));
  });

  test('hold one file by its name', async () => {
    const { code, bytes } = await carryOut(['pack', join(root, 'a99')], Buffer.alloc(0));
    assert.equal(code, 0);
    assert.equal(execFileSync('tar', ['-t', '-f', '-'], { input: bytes, encoding: 'utf8' }), './a99\n');
    const missing = await carryOut(['pack', join(root, 'no-such-file')], Buffer.alloc(0));
    assert.deepEqual([missing.code, missing.said], [3, '']);
  });

  test('replace what is there, and write through no link in its place', async () => {
    mkdirSync(join(target, 'kept'), { recursive: true });
    writeFileSync(join(folder, 'outside'), 'outside');
    for (const name of ['file', 'pipe', 'link', 'hard']) symlinkSync(join(folder, 'outside'), join(target, name));
    symlinkSync('kept', join(target, 'directory'));
    const entries = `add('file', body=b'new')
add('pipe', tarfile.FIFOTYPE)
add('link', tarfile.SYMTYPE, link='file')
add('hard', tarfile.LNKTYPE, link='file')
add('directory', tarfile.DIRTYPE, 0o700)
add('directory/inside', body=b'in')`;
    assert.equal(await unpack(made(entries)), '');
    assert.equal(await unpack(made(entries)), '');
    assert.equal(readFileSync(join(folder, 'outside'), 'utf8'), 'outside');
    assert.equal(readFileSync(join(target, 'hard'), 'utf8'), 'new');
    assert.equal(readlinkSync(join(target, 'link')), 'file');
    assert.ok(lstatSync(join(target, 'pipe')).isFIFO());
    assert.equal(readFileSync(join(target, 'kept/inside'), 'utf8'), 'in');
  });

  test('write nowhere else: not by dots, not by an absolute name, not through a link they bring', async () => {
    const outside = join(folder, 'outside-directory');
    mkdirSync(outside);
    await unpack(made(`add('${outside}/absolute', body=b'x')\nadd('../outside-directory/dots', body=b'x')`));
    await unpack(made(`add('far', tarfile.SYMTYPE, link='${outside}')\nadd('far/linked', body=b'x')`));
    await unpack(made(`add('up', tarfile.SYMTYPE, link='../outside-directory')\nadd('up/linked', body=b'x')`));
    await unpack(
      made(`add('one', tarfile.SYMTYPE, link='${outside}')\nadd('two', tarfile.LNKTYPE, link='one')\nadd('two/linked', body=b'x')`),
    );
    assert.deepEqual(readdirSync(outside), []);
  });

  test('tell in a line what went wrong, and go on', async () => {
    mkdirSync(join(target, 'full/of'), { recursive: true });
    const said = await unpack(
      made(`add('full', body=b'x')\nadd('odd', b'Z')\nadd('gone', tarfile.LNKTYPE, link='nowhere')\nadd('fine', body=b'x')`),
    );
    assert.equal(
      said,
      'tar: full: Is a directory\ntar: odd: what kind of file it is, is not known here\ntar: gone: No such file or directory\n',
    );
    assert.equal(readFileSync(join(target, 'fine'), 'utf8'), 'x');
    const many = await unpack(made(`for n in range(1000): add('full', body=b'x')`));
    assert.equal(many.split('\n').length, 21);
    assert.equal((await carryOut(['unpack', join(root, 'a99/below')], Buffer.alloc(0))).said, `tar: ${root}/a99/below: Not a directory\n`);
  });

  test('end at a full disk, in words that are known', async () => {
    mkdirSync(target);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', target]);
    try {
      assert.equal(
        await unpack(made(`add('large', body=bytes(3_000_000))\nadd('more', body=b'x')`)),
        'tar: large: No space left on device\n',
      );
    } finally {
      execFileSync('umount', [target]);
    }
  });

  test('that end in the middle are told from whole ones, wherever that is', async () => {
    const archive = made(`add('${'d/'.repeat(100)}${'n'.repeat(150)}', body=bytes(2000))\nadd('file', body=bytes(600_000))`);
    for (const length of [0, 1, 511, 512, 700, 1024, 2048, 4096, 5000, 300_000]) {
      assert.equal(await unpack(archive.subarray(0, length)), 'tar: the archive ends in the middle\n', String(length));
    }
  });

  test('that are none, or say what cannot be, are refused', async () => {
    const damaged = 'tar: the archive is damaged, or none\n';
    assert.equal(await unpack(Buffer.alloc(2048, 'x')), damaged);
    const [sizeAt, checksumAt] = [124, 148];
    const whole = made(`add('file', body=b'x')`, 'GNU');
    const withSize = (field: Uint8Array): Buffer => {
      const archive = Buffer.from(whole);
      archive.set(field, sizeAt);
      archive.write('        ', checksumAt);
      const sum = archive.subarray(0, 512).reduce((total, byte) => total + byte, 0);
      archive.write(`${sum.toString(8).padStart(6, '0')}\0 `, checksumAt);
      return archive;
    };
    assert.equal(await unpack(withSize(Buffer.from([0x80, 0, 0, 0, 0xff, 255, 255, 255, 255, 255, 255, 255]))), damaged);
    assert.equal(await unpack(withSize(Buffer.alloc(12, 0xff))), damaged);
    assert.equal(
      await unpack(withSize(Buffer.from([0x80, 0, 0, 0, 0x7f, 255, 255, 255, 255, 255, 255, 255]))),
      'tar: the archive ends in the middle\n',
    );
    for (const words of [
      '5 path=x\n',
      '99 path=x\n',
      '9 path=xy',
      'x path=x\n',
      '99999999999999999999 path=x\n',
      '18 size=999999999999999999999999\n',
      '11 uid=-100\n',
    ])
      assert.equal(
        await unpack(made(`add('head', tarfile.XHDTYPE, body=${JSON.stringify(words)}.encode())\nadd('file')`, 'GNU')),
        damaged,
        words,
      );
    assert.match(await unpack(made(`add('file', pax_headers={'GNU.sparse.major': '1'})`)), /^tar: file: sparse files/);
  });

  test('that are mangled harm nothing, by the sanitizers’ word', async () => {
    const words = ['ustar\0', '././@LongLink', '../', '/', '\x80', '7777777', 'path=', 'L', 'K', 'x', '5', '2', '1'].map((word) =>
      Buffer.from(word, 'latin1'),
    );
    const sources = ['GNU', 'PAX'].map((format) =>
      made(
        `add('${'d/'.repeat(140)}${'n'.repeat(200)}', body=b'x')\nadd('l', tarfile.SYMTYPE, link='${'t'.repeat(200)}')\nadd('h', tarfile.LNKTYPE, link='l')\nadd('d', tarfile.DIRTYPE)\nadd('f', body=bytes(3000), mtime=1.5)`,
        format,
      ),
    );
    const first = Date.now() % 100_000;
    const end = performance.now() + 3000;
    for (let seed = first; performance.now() < end; seed++) {
      const random = randomFrom(seed);
      const archive = Buffer.from(mutate(random, sources[seed % 2] ?? Buffer.alloc(0), words));
      // Else nearly all would end at a wrong sum.
      for (let at = 0; at + 512 <= archive.length; at += 512) {
        if (archive.toString('latin1', at + 257, at + 262) !== 'ustar') continue;
        archive.write('        ', at + 148);
        const sum = archive.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
        archive.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148);
      }
      await unpack(archive).catch((error: unknown) => {
        throw new Error(`seed ${seed}`, { cause: error });
      });
    }
    assert.ok(!existsSync(join(folder, 'd')));
  });
});
