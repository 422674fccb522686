import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { PullOptions } from '../../src/environment/index.ts';
import { tarOf } from './archive.ts';
import { inventory } from './inventory.ts';
import { lacking, sh, shAside } from './programs.ts';
import { makeSample } from './sample.ts';
import { meddle, serve, startRegistry, type TestServer } from './servers.ts';
import { openTestStore, refusal, type TestStore, testCall } from './test-store.ts';

const skip = lacking('docker-registry', 'skopeo', 'umoci', 'busybox', 'openssl', 'python3');
const usual: PullOptions = { platform: undefined, credentials: undefined, insecure: false, name: undefined };
const sha256 = (bytes: string | Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const push = (from: string, to: string, ...options: readonly string[]): string =>
  sh('skopeo', 'copy', '--quiet', '--dest-tls-verify=false', ...options, from, `docker://${to}`);

/** What is below the store's directories: blobs, trees, partial downloads, things half made. */
const filesOf = ({ images }: TestStore): readonly number[] =>
  ['blobs/sha256', 'trees', 'partial', 'staging'].map((part) => readdirSync(`${images}/${part}`).length);

describe('a registry', { skip }, () => {
  let work: string;
  let sample: string;
  let registry: TestServer;
  before(async () => {
    work = mkdtempSync(`${tmpdir()}/isola-pull-`);
    sample = makeSample(work);
    registry = await startRegistry();
    push(`oci:${sample}:v1`, `${registry.host}/team/sample:v1`);
  });
  after(async () => {
    await registry?.[Symbol.asyncDispose]();
    rmSync(work, { recursive: true, force: true });
  });
  const reference = (host = registry.host): string => `oci:${host}/team/sample:v1`;

  test('gives an image, whole and as umoci unpacks it', async () => {
    using one = openTestStore();
    const call = testCall();
    const image = await one.store.pull(reference(), usual, call);
    sh('umoci', 'unpack', '--image', `${sample}:v1`, `${work}/oracle`);
    assert.deepEqual(inventory(one.store.template(image.digest).tree), inventory(`${work}/oracle/rootfs`));
    assert.equal(
      image.digest,
      JSON.parse(sh('skopeo', 'inspect', '--tls-verify=false', `docker://${registry.host}/team/sample:v1`)).Digest,
    );
    const last = call.told.filter(({ stage }) => stage === 'downloading').at(-1);
    assert.ok(last?.of !== undefined && last.done === last.of && last.of > 4e6);
    assert.deepEqual(one.store.find(reference())?.names, [reference()]);
  });

  test('gives an image on demand, once', async () => {
    using one = openTestStore();
    const { digest } = await one.store.obtain(reference(), testCall());
    const call = testCall();
    assert.equal((await one.store.obtain(`oci:${registry.host}/team/sample:v1`, call)).digest, digest);
    assert.deepEqual(call.told, []);
  });

  test('gives an image by its digest, under any name', async () => {
    using one = openTestStore();
    const { digest } = await one.store.pull(reference(), { ...usual, name: 'app' }, testCall());
    const by = await one.store.pull(`oci:${registry.host}/team/sample@${digest}`, usual, testCall());
    assert.deepEqual([by.digest, by.names], [digest, ['app', `oci:${registry.host}/team/sample@${digest}`]]);
  });

  test('asked again gives the newer image, and only what is not here', async () => {
    push(`oci:${sample}:v1`, `${registry.host}/team/moving:v1`);
    const watched = await meddle(registry.port, {});
    await using _ = watched;
    using one = openTestStore();
    const moving = `oci:${watched.host}/team/moving:v1`;
    const first = await one.store.pull(moving, usual, testCall());
    sh('umoci', 'config', '--image', `${sample}:v1`, '--tag', 'v2', '--config.cmd', '/bin/other');
    push(`oci:${sample}:v2`, `${registry.host}/team/moving:v1`);
    const before = watched.asked.length;
    const second = await one.store.pull(moving, usual, testCall());
    assert.notEqual(second.digest, first.digest);
    assert.deepEqual(one.store.template(second.digest).config.cmd, ['/bin/other']);
    const blobs = watched.asked.slice(before).filter(({ url }) => url.includes('/blobs/'));
    assert.equal(blobs.length, 1, 'only the config is new');
  });

  test('that holds Docker’s format gives the same files', async () => {
    push(`oci:${sample}:v1`, `${registry.host}/team/docker:v1`, '--format', 'v2s2');
    using one = openTestStore();
    const docker = await one.store.pull(`oci:${registry.host}/team/docker:v1`, usual, testCall());
    const oci = await one.store.pull(reference(), usual, testCall());
    assert.notEqual(docker.digest, oci.digest);
    assert.equal(one.store.template(docker.digest).tree, one.store.template(oci.digest).tree);
  });

  test('does not know every image', async () => {
    using one = openTestStore();
    for (const name of ['team/sample:v9', 'nobody/nothing:1', `team/sample@${sha256('x')}`])
      await assert.rejects(one.store.pull(`oci:${registry.host}/${name}`, usual, testCall()), refusal('unknown-image'));
    assert.deepEqual(filesOf(one), [0, 0, 0, 0]);
  });

  test('is given up early by an interrupt, and what came is kept', async () => {
    const controller = new AbortController();
    const slow = await meddle(registry.port, {
      body: (question, given, to) => {
        if (!question.url?.includes('/blobs/') || Number(given.headers['content-length']) < 1e6) return false;
        to.writeHead(given.statusCode ?? 0, given.headers);
        given.once('data', (piece: Buffer) => {
          to.write(piece);
          given.destroy();
          setTimeout(() => controller.abort(new Error('stop')), 50);
        });
        return true;
      },
    });
    await using _ = slow;
    using one = openTestStore();
    await assert.rejects(one.store.pull(reference(slow.host), usual, testCall(controller.signal)), /stop/);
    assert.equal(one.store.list().length, 0);
    const [, trees, partial, staging] = filesOf(one);
    assert.deepEqual([trees, staging], [0, 0]);
    assert.ok(partial !== undefined && partial > 0);
    await one.store.pull(reference(), { ...usual, name: 'x' }, testCall());
    assert.deepEqual(filesOf(one).slice(1), [1, 0, 0]);
  });

  /** Cuts the answer to a question for a large blob after so many bytes, `times` times. */
  const cutting = (times: number, afterBytes: number) => {
    let cuts = 0;
    return meddle(registry.port, {
      body: (question, given, to) => {
        const large = question.url?.includes('/blobs/') && Number(given.headers['content-length']) > afterBytes;
        if (!large || cuts >= times) return false;
        cuts++;
        to.writeHead(given.statusCode ?? 0, given.headers);
        let sent = 0;
        given.on('data', (piece: Buffer) => {
          to.write(piece.subarray(0, afterBytes - sent));
          sent += piece.length;
          if (sent >= afterBytes) {
            given.destroy();
            // What was written shall go out before the line drops.
            setTimeout(() => to.destroy(), 20);
          }
        });
        return true;
      },
    });
  };

  test('on a line that drops is asked for the rest', async () => {
    const proxy = await cutting(2, 1_000_000);
    await using _ = proxy;
    using one = openTestStore();
    const image = await one.store.pull(reference(proxy.host), usual, testCall());
    const ranges = proxy.asked.flatMap(({ headers }) => (headers.range === undefined ? [] : [headers.range]));
    assert.deepEqual(ranges, ['bytes=1000000-', 'bytes=2000000-']);
    assert.equal(one.store.list()[0]?.digest, image.digest);
  });

  test('on a line that always drops is given up, and the next pull goes on', async () => {
    using one = openTestStore();
    {
      const proxy = await cutting(100, 30_000);
      await using _ = proxy;
      await assert.rejects(
        one.store.pull(reference(proxy.host), usual, testCall()),
        refusal('registry-unreachable', /line dropped.*is kept/),
      );
    }
    const [, trees, partial, staging] = filesOf(one);
    assert.deepEqual([trees, partial, staging], [0, 1, 0]);
    const kept = statSync(`${one.images}/partial/${readdirSync(`${one.images}/partial`)[0]}`).size;
    assert.ok(kept >= 90_000, `${kept} bytes`);
    const watched = await meddle(registry.port, {});
    await using _ = watched;
    await one.store.pull(reference(watched.host), usual, testCall());
    assert.ok(watched.asked.some(({ headers }) => headers.range === `bytes=${kept}-`));
    assert.deepEqual(filesOf(one).slice(1), [1, 0, 0]);
  });

  test('that can’t give the rest is asked for all', async () => {
    const proxy = await cutting(1, 1_000_000);
    await using _ = proxy;
    const deaf = await meddle(proxy.port, {
      before: (question) => {
        delete question.headers.range;
        return false;
      },
    });
    await using __ = deaf;
    using one = openTestStore();
    await one.store.pull(reference(deaf.host), usual, testCall());
    assert.equal(one.store.list().length, 1);
  });

  test('has a part that a power cut tore fetched anew', async () => {
    using one = openTestStore();
    const manifest = JSON.parse(sh('skopeo', 'inspect', '--raw', '--tls-verify=false', `docker://${registry.host}/team/sample:v1`));
    const { digest, size } = manifest.layers[0] as { digest: string; size: number };
    mkdirSync(`${one.images}/partial`, { recursive: true });
    writeFileSync(`${one.images}/partial/${digest.slice(7)}`, '');
    truncateSync(`${one.images}/partial/${digest.slice(7)}`, size - 1000);
    const call = testCall();
    await one.store.pull(reference(), usual, call);
    assert.equal(one.store.list().length, 1);
    const last = call.told.filter(({ stage }) => stage === 'downloading').at(-1);
    assert.equal(last?.done, last?.of);
  });

  /** Answers for the manifest or a blob whose text fits `what` with something else. */
  const lying = (what: RegExp, lie: (to: ServerResponse, truth: Buffer, given: IncomingMessage) => void) =>
    meddle(registry.port, {
      body: (question, given, to) => {
        if (!what.test(question.url ?? '') || given.statusCode !== 200) return false;
        const pieces: Buffer[] = [];
        given.on('data', (piece: Buffer) => void pieces.push(piece));
        given.on('end', () => lie(to, Buffer.concat(pieces), given));
        return true;
      },
    });

  for (const [what, path, lie, code] of [
    [
      'changes a byte of a layer',
      /\/blobs\//,
      (to, truth) =>
        to.writeHead(200, { 'content-length': truth.length }).end(Buffer.from(truth).fill(truth.at(-1) === 0 ? 1 : 0, truth.length - 1)),
      'digest-differs',
    ],
    [
      'ends a layer early',
      /\/blobs\//,
      (to, truth) => to.writeHead(200, { 'content-length': truth.length - 1 }).end(truth.subarray(1)),
      'image-damaged',
    ],
    ['ends a layer early without saying its length', /\/blobs\//, (to, truth) => to.writeHead(200).end(truth.subarray(1)), 'image-damaged'],
    ['sends more than a layer', /\/blobs\//, (to, truth) => to.writeHead(200).end(Buffer.concat([truth, truth])), 'image-damaged'],
    ['sends without end', /\/blobs\//, (to) => void to.writeHead(200).write(Buffer.alloc(8 << 20)), 'image-damaged'],
    ['has lost a layer', /\/blobs\//, (to) => to.writeHead(404).end('{"errors":[{"code":"BLOB_UNKNOWN"}]}'), 'image-damaged'],
    [
      'says another digest than its manifest has',
      /\/manifests\//,
      (to, truth, given) => to.writeHead(200, { ...given.headers, 'docker-content-digest': sha256('x') }).end(truth),
      'digest-differs',
    ],
    [
      'gives a manifest of another size of layer',
      /\/manifests\//,
      (to, truth, given) => {
        const text = truth.toString().replace(/"size":(\d{4,})/, (_, size) => `"size":${Number(size) + 1}`);
        to.writeHead(200, { 'content-type': given.headers['content-type'] ?? '' }).end(text);
      },
      'image-damaged',
    ],
    [
      'gives a manifest without end',
      /\/manifests\//,
      (to, _truth, given) => {
        to.writeHead(200, { 'content-type': given.headers['content-type'] ?? '' });
        for (let at = 0; at < 6; at++) to.write(' '.repeat(1 << 20));
      },
      'image-damaged',
    ],
    ['gives a manifest that is none', /\/manifests\//, (to) => to.writeHead(200).end('hello'), 'image-damaged'],
  ] as readonly [string, RegExp, (to: ServerResponse, truth: Buffer, given: IncomingMessage) => void, string][])
    test(`that ${what} is refused, and nothing of it kept`, async () => {
      const liar = await lying(path, lie);
      await using _ = liar;
      using one = openTestStore();
      await assert.rejects(one.store.pull(reference(liar.host), usual, testCall()), refusal(code));
      const [, trees, partial, staging] = filesOf(one);
      assert.deepEqual([trees, partial, staging, one.store.list().length], [0, 0, 0, 0]);
    });

  test('whose layer is not what its config says is refused', async () => {
    const layer = gzipSync(tarOf([{ name: 'a', text: 'x' }]));
    const config = JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [sha256('another')] } });
    const platform = { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch };
    await using server = await serveImage(
      { [sha256(layer)]: layer, [sha256(config)]: Buffer.from(config.replace('amd64', platform.architecture)) },
      config,
      layer,
    );
    using one = openTestStore();
    await assert.rejects(one.store.pull(`oci:${server.host}/x:1`, usual, testCall()), refusal('digest-differs', /content of a layer/));
    assert.deepEqual([one.store.list().length, filesOf(one)[1]], [0, 0]);
  });

  test('whose limit is reached is refused at once if it says for how long', async () => {
    const limiting = await meddle(registry.port, {
      before: (question, answer) => {
        if (!question.url?.includes('/manifests/')) return false;
        answer
          .writeHead(429, { 'retry-after': '3600' })
          .end('{"errors":[{"code":"TOOMANYREQUESTS","message":"You have reached your pull rate limit"}]}');
        return true;
      },
    });
    await using _ = limiting;
    using one = openTestStore();
    const start = performance.now();
    await assert.rejects(
      one.store.pull(reference(limiting.host), usual, testCall()),
      refusal('registry-refused', /pull rate limit.*podman login/),
    );
    assert.ok(performance.now() - start < 2000);
  });

  test('that is busy for a moment is asked again', async () => {
    let refusals = 0;
    const busy = await meddle(registry.port, {
      before: (_question, answer) => {
        if (refusals >= 2) return false;
        refusals++;
        answer.writeHead(refusals === 1 ? 503 : 429, { 'retry-after': '0' }).end();
        return true;
      },
    });
    await using _ = busy;
    using one = openTestStore();
    await one.store.pull(reference(busy.host), usual, testCall());
    assert.equal(refusals, 2);
  });

  test('that redirects downloads elsewhere does not have credentials sent there', async () => {
    await using locked = await startRegistry({ htpasswd: { realm: 'test', path: passwords(work) } });
    push(`oci:${sample}:v1`, `${locked.host}/team/sample:v1`, '--dest-creds=isola:secret');
    const seen: (string | undefined)[] = [];
    const elsewhere = await serve((question, answer) => {
      seen.push(question.headers.authorization);
      answer.end(readFileSync(`${sample}/blobs/sha256/${question.url?.slice(1)}`));
    });
    await using _ = elsewhere;
    const redirecting = await meddle(locked.port, {
      before: (question, answer) => {
        const digest = /\/blobs\/sha256:([0-9a-f]+)/.exec(question.url ?? '')?.[1];
        if (digest === undefined || question.headers.authorization === undefined) return false;
        answer.writeHead(307, { location: `http://127.0.0.1:${elsewhere.port}/${digest}` }).end();
        return true;
      },
    });
    await using __ = redirecting;
    using one = openTestStore();
    await one.store.pull(reference(redirecting.host), { ...usual, credentials: 'isola:secret' }, testCall());
    assert.ok(seen.length >= 4);
    assert.ok(seen.every((header) => header === undefined));
  });

  test('that redirects in a circle is given up', async () => {
    const circling = await meddle(registry.port, {
      before: (question, answer) => {
        if (!question.url?.includes('/blobs/')) return false;
        answer.writeHead(302, { location: question.url }).end();
        return true;
      },
    });
    await using _ = circling;
    using one = openTestStore();
    await assert.rejects(one.store.pull(reference(circling.host), usual, testCall()), refusal('registry-refused', /redirects/));
  });

  test('of several platforms gives this host’s, or the one asked for', async () => {
    const layout = multiPlatform(work);
    push(`oci:${layout}:all`, `${registry.host}/team/multi:1`, '--all');
    using one = openTestStore();
    const multi = `oci:${registry.host}/team/multi:1`;
    const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
    const own = await one.store.pull(multi, usual, testCall());
    assert.equal(readFileSync(`${one.store.template(own.digest).tree}/arch`, 'utf8'), architecture);
    const other = await one.store.pull(multi, { ...usual, platform: 'linux/arm/v7', name: 'other' }, testCall());
    assert.equal(readFileSync(`${one.store.template(other.digest).tree}/arch`, 'utf8'), 'arm/v6');
    assert.equal(other.platform, 'linux/arm/v6');
    await assert.rejects(
      one.store.pull(multi, { ...usual, platform: 'linux/riscv64' }, testCall()),
      refusal('platform-absent', /linux\/riscv64.*linux\/amd64, linux\/arm64, linux\/arm\/v6/),
    );
    const digest = JSON.parse(readFileSync(`${layout}/index.json`, 'utf8')).manifests[0].digest;
    assert.equal((await one.store.pull(`oci:${registry.host}/team/multi@${digest}`, usual, testCall())).digest, own.digest);
  });

  test('of one other platform is refused unless that is wanted', async () => {
    const layout = multiPlatform(`${work}`);
    const { manifests } = JSON.parse(
      readFileSync(
        `${layout}/blobs/sha256/${JSON.parse(readFileSync(`${layout}/index.json`, 'utf8')).manifests[0].digest.slice(7)}`,
        'utf8',
      ),
    );
    const foreign = manifests.find((one: { platform: { architecture: string } }) => one.platform.architecture === 'arm').digest;
    using one = openTestStore();
    const by = `oci:${registry.host}/team/multi@${foreign}`;
    await assert.rejects(one.store.pull(by, usual, testCall()), refusal('platform-absent'));
    assert.equal((await one.store.pull(by, { ...usual, platform: 'linux/arm/v7' }, testCall())).platform, 'linux/arm/v6');
  });

  describe('that wants credentials', () => {
    test('by user and password', async () => {
      await using locked = await startRegistry({ htpasswd: { realm: 'test', path: passwords(work) } });
      push(`oci:${sample}:v1`, `${locked.host}/team/sample:v1`, '--dest-creds=isola:secret');
      using one = openTestStore();
      const ask = (credentials: string | undefined) => one.store.pull(reference(locked.host), { ...usual, credentials }, testCall());
      await assert.rejects(ask(undefined), refusal('registry-refused', /podman login/));
      await assert.rejects(ask('isola:wrong'), refusal('registry-refused', /do not suffice/));
      await assert.rejects(ask('isola'), refusal('malformed-value'));
      await ask('isola:secret');
      assert.equal(one.store.list().length, 1);
      await fromFiles(locked.host, work, async () => {
        using another = openTestStore();
        await another.store.pull(reference(locked.host), usual, testCall());
      });
    });

    test('by tokens, which anybody gets for some images, and which end', async () => {
      const issued: { readonly user: string | undefined; readonly scope: string }[] = [];
      await using tokens = await tokenServer(work, issued);
      const realm = `http://127.0.0.1:${tokens.port}/token`;
      await using locked = await startRegistry({
        token: { realm, service: 'test', issuer: 'isola-test', rootcertbundle: `${work}/token.crt` },
      });
      for (const name of ['public', 'private'])
        await shAside(
          'skopeo',
          'copy',
          '--dest-tls-verify=false',
          '--dest-creds=isola:secret',
          `oci:${sample}:v1`,
          `docker://${locked.host}/${name}/sample:v1`,
        );
      using one = openTestStore();
      const ask = (name: string, credentials?: string) =>
        one.store.pull(`oci:${locked.host}/${name}/sample:v1`, { ...usual, credentials }, testCall());
      issued.length = 0;
      await ask('public');
      assert.ok(issued.every(({ user }) => user === undefined) && issued.length >= 1);
      // A token lives two seconds here, and one is asked for again only when it has ended.
      assert.ok(issued.length <= 4, JSON.stringify(issued));
      assert.equal(issued[0]?.scope, 'repository:public/sample:pull');
      await assert.rejects(ask('private'), refusal('registry-refused', /podman login/));
      await assert.rejects(ask('private', 'isola:wrong'), refusal('registry-refused', /check user and password/));
      await ask('private', 'isola:secret');
      assert.equal(issued.at(-1)?.user, 'isola');
    });
  });

  describe('behind TLS', () => {
    test('of its own making is refused unless that is wanted', async () => {
      const { key, cert } = certificate(work, 'tls');
      await using secure = await serve((question, answer) => void forward(registry.port, question, answer), { key, cert });
      using one = openTestStore();
      await assert.rejects(
        one.store.pull(reference(secure.host), usual, testCall()),
        refusal('registry-refused', /certificate.*--insecure/),
      );
      await one.store.pull(reference(secure.host), { ...usual, insecure: true }, testCall());
      assert.equal(one.store.list().length, 1);
    });
  });
});

describe('what is no registry', { skip }, () => {
  test('is told apart: a web server, nobody, no such host', async () => {
    await using web = await serve((_question, answer) => void answer.setHeader('content-type', 'text/html; charset=utf-8').end('<html>'));
    await using other = await serve((_question, answer) => void answer.writeHead(404).end());
    using one = openTestStore();
    const ask = (host: string) => one.store.pull(`oci:${host}/a:1`, usual, testCall());
    await assert.rejects(ask(web.host), refusal('registry-refused', /web page/));
    await assert.rejects(ask(other.host), refusal('registry-refused', /no registry/));
    await assert.rejects(ask('localhost:1'), refusal('registry-unreachable', /nobody listens/));
    for (const host of ['999.1.1.1', '[:::]:5000', 'localhost:99999'])
      await assert.rejects(ask(host), refusal('malformed-image', /no host/));
    await assert.rejects(ask('nowhere.invalid'), refusal('registry-unreachable', /no such host|name server/));
    assert.equal(existsSync(`${one.images}/trees`) && readdirSync(`${one.images}/staging`).length, 0);
  });

  test('and speaks plain HTTP elsewhere than on this machine is not spoken to', async () => {
    await using plain = await serve((_question, answer) => void answer.end('{}'));
    using one = openTestStore();
    // This machine's own name leads to loopback here, and is no loopback by its spelling.
    const ask = (insecure: boolean) => one.store.pull(`oci:127.1:${plain.port}/a:1`, { ...usual, insecure }, testCall());
    await assert.rejects(ask(false), refusal('registry-refused', /does not speak HTTPS.*--insecure/));
    await assert.rejects(ask(true), refusal('image-damaged'));
  });
});

/** A file for htpasswd: isola, whose password is secret (bcrypt). */
const passwords = (directory: string): string => {
  writeFileSync(`${directory}/htpasswd`, 'isola:$2b$04$CqHzFjHu/rO5r3wdJf7VUuJxb26mIOB2CrucK2nOa8EA4NGU4M0kK\n');
  return `${directory}/htpasswd`;
};

/** Credentials as podman login keeps them, for the length of some work. */
const fromFiles = async (host: string, directory: string, work: () => Promise<void>): Promise<void> => {
  const before = process.env['REGISTRY_AUTH_FILE'];
  writeFileSync(`${directory}/auth.json`, JSON.stringify({ auths: { [host]: { auth: Buffer.from('isola:secret').toString('base64') } } }));
  process.env['REGISTRY_AUTH_FILE'] = `${directory}/auth.json`;
  try {
    await work();
  } finally {
    if (before === undefined) delete process.env['REGISTRY_AUTH_FILE'];
    else process.env['REGISTRY_AUTH_FILE'] = before;
  }
};

const certificate = (directory: string, name: string): { readonly key: string; readonly cert: string; readonly der: string } => {
  const [key, cert] = [`${directory}/${name}.key`, `${directory}/${name}.crt`];
  sh('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-keyout', key, '-out', cert);
  const pem = readFileSync(cert, 'utf8');
  return { key: readFileSync(key, 'utf8'), cert: pem, der: pem.replace(/-----[A-Z ]+-----|\s/g, '') };
};

/** distribution, "Token Authentication Implementation": JSON web tokens with the certificate in x5c. */
const tokenServer = async (directory: string, issued: { user: string | undefined; scope: string }[]): Promise<TestServer> => {
  const { createSign, randomUUID } = await import('node:crypto');
  const { key, der } = certificate(directory, 'token');
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return await serve((question, answer) => {
    const { searchParams } = new URL(question.url ?? '', 'http://localhost');
    const [user, password] = Buffer.from(question.headers.authorization?.slice('Basic '.length) ?? '', 'base64')
      .toString()
      .split(':');
    if (user !== '' && (user !== 'isola' || password !== 'secret')) return void answer.writeHead(401).end();
    const scope = searchParams.get('scope') ?? '';
    issued.push({ user: user === '' ? undefined : user, scope });
    const [type = '', name = '', actions = ''] = scope.split(':');
    const granted = user !== '' ? actions.split(',') : name.startsWith('public/') ? ['pull'] : [];
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: 'isola-test',
      sub: user,
      aud: 'test',
      exp: now + 2,
      nbf: now - 60,
      iat: now,
      jti: randomUUID(),
      access: [{ type, name, actions: granted }],
    };
    const content = `${part({ typ: 'JWT', alg: 'RS256', x5c: [der] })}.${part(claims)}`;
    answer.end(JSON.stringify({ token: `${content}.${createSign('RSA-SHA256').update(content).sign(key, 'base64url')}` }));
  });
};

const forward = async (port: number, question: IncomingMessage, answer: ServerResponse): Promise<void> => {
  const given = await fetch(`http://127.0.0.1:${port}${question.url}`, { headers: { accept: question.headers.accept ?? '*/*' } });
  answer.writeHead(given.status, { 'content-type': given.headers.get('content-type') ?? '' });
  answer.end(Buffer.from(await given.arrayBuffer()));
};

/** A registry that holds one image of one layer. */
const serveImage = async (blobs: Readonly<Record<string, Buffer>>, config: string, layer: Buffer): Promise<TestServer> => {
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = JSON.stringify({
    ...{ schemaVersion: 2, mediaType },
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: sha256(config), size: Buffer.byteLength(config) },
    layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: sha256(layer), size: layer.length }],
  });
  return await serve((question, answer) => {
    const digest = /\/blobs\/(.*)/.exec(question.url ?? '')?.[1];
    if (digest !== undefined) return void answer.end(blobs[digest] ?? Buffer.from(config));
    answer
      .setHeader('content-type', question.url?.includes('/manifests/') ? mediaType : 'application/json')
      .end(question.url?.includes('/manifests/') ? manifest : '{}');
  });
};

/** An OCI layout with an index of three platforms, each with a file that says which, and an attestation between them. */
const multiPlatform = (directory: string): string => {
  const layout = `${directory}/multi`;
  mkdirSync(`${layout}/blobs/sha256`, { recursive: true });
  const put = (bytes: string | Buffer): { digest: string; size: number } => {
    const digest = sha256(bytes);
    writeFileSync(`${layout}/blobs/sha256/${digest.slice(7)}`, bytes);
    return { digest, size: Buffer.byteLength(bytes) };
  };
  const type = (name: string): string => `application/vnd.oci.image.${name}`;
  const manifests = [{ architecture: 'amd64' }, { architecture: 'arm64' }, { architecture: 'arm', variant: 'v6' }].map((platform) => {
    const tar = tarOf([{ name: 'arch', text: [platform.architecture, ...('variant' in platform ? [platform.variant] : [])].join('/') }]);
    const layer = { mediaType: type('layer.v1.tar+gzip'), ...put(gzipSync(tar)) };
    const config = { ...platform, os: 'linux', config: {}, rootfs: { type: 'layers', diff_ids: [sha256(tar)] } };
    const manifest = {
      schemaVersion: 2,
      mediaType: type('manifest.v1+json'),
      config: { mediaType: type('config.v1+json'), ...put(JSON.stringify(config)) },
      layers: [layer],
    };
    return { mediaType: type('manifest.v1+json'), ...put(JSON.stringify(manifest)), platform: { os: 'linux', ...platform } };
  });
  const index = { schemaVersion: 2, mediaType: type('index.v1+json'), manifests };
  const top = {
    mediaType: type('index.v1+json'),
    ...put(JSON.stringify(index)),
    annotations: { 'org.opencontainers.image.ref.name': 'all' },
  };
  writeFileSync(`${layout}/oci-layout`, '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(`${layout}/index.json`, JSON.stringify({ schemaVersion: 2, manifests: [top] }));
  return layout;
};
