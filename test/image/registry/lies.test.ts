import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { tarOf } from '../archive.ts';
import { openTestStore, refusal, testCall } from '../test-store.ts';
import { filesOf, type SampleRegistry, skip, startSampleRegistry, usual } from './sample-registry.ts';
import { meddle, serve, type TestServer } from './servers.ts';

const sha256 = (bytes: string | Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

describe('a registry', { skip }, () => {
  let place: SampleRegistry;
  before(async () => {
    place = await startSampleRegistry();
  });
  after(() => place?.[Symbol.asyncDispose]());

  /** Answers for the manifest or a blob whose text fits `what` with something else. */
  const lying = (what: RegExp, lie: (to: ServerResponse, truth: Buffer, given: IncomingMessage) => void) =>
    meddle(place.registry.port, {
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
      await assert.rejects(one.store.pull(place.reference(liar.host), usual, testCall()), refusal(code));
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

  test('is asked for by way of the proxy, this machine’s own is not', async () => {
    const asked: string[] = [];
    const proxy = createServer().listen(0, '127.0.0.1');
    proxy.on('connect', (question, socket) => {
      asked.push(question.url ?? '');
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    });
    await once(proxy, 'listening');
    const before = process.env['HTTPS_PROXY'];
    process.env['HTTPS_PROXY'] = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    try {
      using one = openTestStore();
      await assert.rejects(one.store.pull('oci:nowhere.invalid/a:1', usual, testCall()), refusal('registry-unreachable'));
      await assert.rejects(one.store.pull('oci:localhost:1/a:1', usual, testCall()), refusal('registry-unreachable'));
      assert.deepEqual([...new Set(asked)], ['nowhere.invalid:443']);
    } finally {
      if (before === undefined) delete process.env['HTTPS_PROXY'];
      else process.env['HTTPS_PROXY'] = before;
      proxy.close();
    }
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
