import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { isCertificateError, Lines } from '../../../src/image/registry/http.ts';
import { shAside } from '../programs.ts';
import { openTestStore, refusal, testCall } from '../test-store.ts';
import { push, type SampleRegistry, skip, startSampleRegistry, usual } from './sample-registry.ts';
import { meddle, serve, startRegistry } from './servers.ts';
import { certificate, tokenServer } from './token-server.ts';

describe('a registry', { skip }, () => {
  let place: SampleRegistry;
  before(async () => {
    place = await startSampleRegistry();
  });
  after(() => place?.[Symbol.asyncDispose]());

  test('that redirects downloads elsewhere does not have credentials sent there', async () => {
    await using locked = await startRegistry({ htpasswd: { realm: 'test', path: passwords(place.work) } });
    push(`oci:${place.sample}:v1`, `${locked.host}/team/sample:v1`, '--dest-creds=isola:secret');
    const seen: (string | undefined)[] = [];
    const elsewhere = await serve((question, answer) => {
      seen.push(question.headers.authorization);
      answer.end(readFileSync(`${place.sample}/blobs/sha256/${question.url?.slice(1)}`));
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
    await one.store.pull(place.reference(redirecting.host), { ...usual, credentials: 'isola:secret' }, testCall());
    assert.ok(seen.length >= 4);
    assert.ok(seen.every((header) => header === undefined));
  });

  test('that redirects in a circle is given up', async () => {
    const circling = await meddle(place.registry.port, {
      before: (question, answer) => {
        if (!question.url?.includes('/blobs/')) return false;
        answer.writeHead(302, { location: question.url }).end();
        return true;
      },
    });
    await using _ = circling;
    using one = openTestStore();
    await assert.rejects(one.store.pull(place.reference(circling.host), usual, testCall()), refusal('registry-refused', /redirects/));
  });

  describe('that wants credentials', () => {
    test('by user and password', async () => {
      await using locked = await startRegistry({ htpasswd: { realm: 'test', path: passwords(place.work) } });
      push(`oci:${place.sample}:v1`, `${locked.host}/team/sample:v1`, '--dest-creds=isola:secret');
      using one = openTestStore();
      const ask = (credentials: string | undefined) => one.store.pull(place.reference(locked.host), { ...usual, credentials }, testCall());
      await assert.rejects(ask(undefined), refusal('registry-refused', /podman login/));
      await assert.rejects(ask('isola:wrong'), refusal('registry-refused', /do not suffice/));
      await assert.rejects(ask('isola'), refusal('malformed-value'));
      await ask('isola:secret');
      assert.equal(one.store.list().length, 1);
      await fromFiles(locked.host, place.work, async () => {
        using another = openTestStore();
        await another.store.pull(place.reference(locked.host), usual, testCall());
      });
    });

    test('by tokens, which anybody gets for some images, and which end', async () => {
      const issued: { readonly user: string | undefined; readonly scope: string }[] = [];
      await using tokens = await tokenServer(place.work, issued);
      const realm = `http://127.0.0.1:${tokens.port}/token`;
      await using locked = await startRegistry({
        token: { realm, service: 'test', issuer: 'isola-test', rootcertbundle: `${place.work}/token.crt` },
      });
      for (const name of ['public', 'private'])
        await shAside(
          'skopeo',
          'copy',
          '--dest-tls-verify=false',
          '--dest-creds=isola:secret',
          `oci:${place.sample}:v1`,
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
    test('is trusted if its authority is', async () => {
      const { key, cert } = certificate(place.work, 'authority');
      await using secure = await serve((_question, answer) => void answer.end('{}'), { key, cert });
      const { signal } = new AbortController();
      const ask = async (certificates: readonly string[]): Promise<number> => {
        using lines = new Lines({ certificates, insecure: false, proxy: false });
        const answer = await lines.ask(new URL(`https://${secure.host}/`), { signal });
        answer.body.destroy();
        return answer.status;
      };
      assert.equal(await ask([cert]), 200);
      await assert.rejects(ask([]), isCertificateError);
    });

    test('of its own making is refused unless that is wanted', async () => {
      const { key, cert } = certificate(place.work, 'tls');
      await using secure = await serve((question, answer) => void forward(place.registry.port, question, answer), { key, cert });
      using one = openTestStore();
      await assert.rejects(
        one.store.pull(place.reference(secure.host), usual, testCall()),
        refusal('registry-refused', /certificate.*--insecure/),
      );
      await one.store.pull(place.reference(secure.host), { ...usual, insecure: true }, testCall());
      assert.equal(one.store.list().length, 1);
    });
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

const forward = async (port: number, question: IncomingMessage, answer: ServerResponse): Promise<void> => {
  const given = await fetch(`http://127.0.0.1:${port}${question.url}`, { headers: { accept: question.headers.accept ?? '*/*' } });
  answer.writeHead(given.status, { 'content-type': given.headers.get('content-type') ?? '' });
  answer.end(Buffer.from(await given.arrayBuffer()));
};
