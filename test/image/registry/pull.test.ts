import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { inventory } from '../inventory.ts';
import { sh } from '../programs.ts';
import { openTestStore, refusal, testCall } from '../test-store.ts';
import { multiPlatform } from './multi-platform.ts';
import { filesOf, push, type SampleRegistry, skip, startSampleRegistry, usual } from './sample-registry.ts';
import { meddle } from './servers.ts';

const sha256 = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

describe('a registry', { skip }, () => {
  let place: SampleRegistry;
  before(async () => {
    place = await startSampleRegistry();
  });
  after(() => place?.[Symbol.asyncDispose]());

  test('gives an image, whole and as umoci unpacks it', async () => {
    using one = openTestStore();
    const call = testCall();
    const image = await one.store.pull(place.reference(), usual, call);
    sh('umoci', 'unpack', '--image', `${place.sample}:v1`, `${place.work}/oracle`);
    assert.deepEqual(inventory(one.store.template(image.digest).tree), inventory(`${place.work}/oracle/rootfs`));
    assert.equal(
      image.digest,
      JSON.parse(sh('skopeo', 'inspect', '--tls-verify=false', `docker://${place.registry.host}/team/sample:v1`)).Digest,
    );
    const last = call.told.filter(({ stage }) => stage === 'downloading').at(-1);
    assert.ok(last?.of !== undefined && last.done === last.of && last.of > 4e6);
    assert.deepEqual(one.store.find(place.reference())?.names, [place.reference()]);
  });

  test('gives an image on demand, once', async () => {
    using one = openTestStore();
    const { digest } = await one.store.obtain(place.reference(), testCall());
    const call = testCall();
    assert.equal((await one.store.obtain(`oci:${place.registry.host}/team/sample:v1`, call)).digest, digest);
    assert.deepEqual(call.told, []);
  });

  test('gives an image by its digest, under any name', async () => {
    using one = openTestStore();
    const { digest } = await one.store.pull(place.reference(), { ...usual, name: 'app' }, testCall());
    const by = await one.store.pull(`oci:${place.registry.host}/team/sample@${digest}`, usual, testCall());
    assert.deepEqual([by.digest, by.names], [digest, ['app', `oci:${place.registry.host}/team/sample@${digest}`]]);
  });

  test('asked again gives the newer image, and only what is not here', async () => {
    push(`oci:${place.sample}:v1`, `${place.registry.host}/team/moving:v1`);
    const watched = await meddle(place.registry.port, {});
    await using _ = watched;
    using one = openTestStore();
    const moving = `oci:${watched.host}/team/moving:v1`;
    const first = await one.store.pull(moving, usual, testCall());
    sh('umoci', 'config', '--image', `${place.sample}:v1`, '--tag', 'v2', '--config.cmd', '/bin/other');
    push(`oci:${place.sample}:v2`, `${place.registry.host}/team/moving:v1`);
    const before = watched.asked.length;
    const second = await one.store.pull(moving, usual, testCall());
    assert.notEqual(second.digest, first.digest);
    assert.deepEqual(one.store.template(second.digest).config.cmd, ['/bin/other']);
    const blobs = watched.asked.slice(before).filter(({ url }) => url.includes('/blobs/'));
    assert.equal(blobs.length, 1, 'only the config is new');
  });

  test('that holds Docker’s format gives the same files', async () => {
    push(`oci:${place.sample}:v1`, `${place.registry.host}/team/docker:v1`, '--format', 'v2s2');
    using one = openTestStore();
    const docker = await one.store.pull(`oci:${place.registry.host}/team/docker:v1`, usual, testCall());
    const oci = await one.store.pull(place.reference(), usual, testCall());
    assert.notEqual(docker.digest, oci.digest);
    assert.equal(one.store.template(docker.digest).tree, one.store.template(oci.digest).tree);
  });

  test('does not know every image', async () => {
    using one = openTestStore();
    for (const name of ['team/sample:v9', 'nobody/nothing:1', `team/sample@${sha256('x')}`])
      await assert.rejects(one.store.pull(`oci:${place.registry.host}/${name}`, usual, testCall()), refusal('unknown-image'));
    assert.deepEqual(filesOf(one), [0, 0, 0, 0]);
  });

  test('is given up early by an interrupt, and what came is kept', async () => {
    const controller = new AbortController();
    const slow = await meddle(place.registry.port, {
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
    await assert.rejects(one.store.pull(place.reference(slow.host), usual, testCall(controller.signal)), /stop/);
    assert.equal(one.store.list().length, 0);
    const [, trees, partial, staging] = filesOf(one);
    assert.deepEqual([trees, staging], [0, 0]);
    assert.ok(partial !== undefined && partial > 0);
    await one.store.pull(place.reference(), { ...usual, name: 'x' }, testCall());
    assert.deepEqual(filesOf(one).slice(1), [1, 0, 0]);
  });

  /** Cuts the answer to a question for a large blob after so many bytes, `times` times. */
  const cutting = (times: number, afterBytes: number) => {
    let cuts = 0;
    return meddle(place.registry.port, {
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
    const image = await one.store.pull(place.reference(proxy.host), usual, testCall());
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
        one.store.pull(place.reference(proxy.host), usual, testCall()),
        refusal('registry-unreachable', /line dropped.*is kept/),
      );
    }
    const [, trees, partial, staging] = filesOf(one);
    assert.deepEqual([trees, partial, staging], [0, 1, 0]);
    const kept = statSync(`${one.images}/partial/${readdirSync(`${one.images}/partial`)[0]}`).size;
    assert.ok(kept >= 90_000, `${kept} bytes`);
    const watched = await meddle(place.registry.port, {});
    await using _ = watched;
    await one.store.pull(place.reference(watched.host), usual, testCall());
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
    await one.store.pull(place.reference(deaf.host), usual, testCall());
    assert.equal(one.store.list().length, 1);
  });

  test('has a part that a power cut tore fetched anew', async () => {
    using one = openTestStore();
    const manifest = JSON.parse(sh('skopeo', 'inspect', '--raw', '--tls-verify=false', `docker://${place.registry.host}/team/sample:v1`));
    const { digest, size } = manifest.layers[0] as { digest: string; size: number };
    mkdirSync(`${one.images}/partial`, { recursive: true });
    writeFileSync(`${one.images}/partial/${digest.slice(7)}`, '');
    truncateSync(`${one.images}/partial/${digest.slice(7)}`, size - 1000);
    const call = testCall();
    await one.store.pull(place.reference(), usual, call);
    assert.equal(one.store.list().length, 1);
    const last = call.told.filter(({ stage }) => stage === 'downloading').at(-1);
    assert.equal(last?.done, last?.of);
  });

  test('whose limit is reached is refused at once if it says for how long', async () => {
    const limiting = await meddle(place.registry.port, {
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
      one.store.pull(place.reference(limiting.host), usual, testCall()),
      refusal('registry-refused', /pull rate limit.*podman login/),
    );
    assert.ok(performance.now() - start < 60_000);
  });

  test('that is busy for a moment is asked again', async () => {
    let refusals = 0;
    const busy = await meddle(place.registry.port, {
      before: (_question, answer) => {
        if (refusals >= 2) return false;
        refusals++;
        answer.writeHead(refusals === 1 ? 503 : 429, { 'retry-after': '0' }).end();
        return true;
      },
    });
    await using _ = busy;
    using one = openTestStore();
    await one.store.pull(place.reference(busy.host), usual, testCall());
    assert.equal(refusals, 2);
  });

  test('of several platforms gives this host’s, or the one asked for', async () => {
    const layout = multiPlatform(place.work);
    push(`oci:${layout}:all`, `${place.registry.host}/team/multi:1`, '--all');
    using one = openTestStore();
    const multi = `oci:${place.registry.host}/team/multi:1`;
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
    assert.equal((await one.store.pull(`oci:${place.registry.host}/team/multi@${digest}`, usual, testCall())).digest, own.digest);
  });

  test('of one other platform is refused unless that is wanted', async () => {
    const layout = multiPlatform(place.work);
    const { manifests } = JSON.parse(
      readFileSync(
        `${layout}/blobs/sha256/${JSON.parse(readFileSync(`${layout}/index.json`, 'utf8')).manifests[0].digest.slice(7)}`,
        'utf8',
      ),
    );
    const foreign = manifests.find((one: { platform: { architecture: string } }) => one.platform.architecture === 'arm').digest;
    using one = openTestStore();
    const by = `oci:${place.registry.host}/team/multi@${foreign}`;
    await assert.rejects(one.store.pull(by, usual, testCall()), refusal('platform-absent'));
    assert.equal((await one.store.pull(by, { ...usual, platform: 'linux/arm/v7' }, testCall())).platform, 'linux/arm/v6');
  });
});
