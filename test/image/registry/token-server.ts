/** A service that gives tokens for docker-registry, and certificates of our own making. */
import { createSign, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { sh } from '../programs.ts';
import { serve, type TestServer } from './servers.ts';

/** distribution, "Token Authentication Implementation": JSON web tokens with the certificate in x5c. */
export const tokenServer = async (directory: string, issued: { user: string | undefined; scope: string }[]): Promise<TestServer> => {
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

export const certificate = (directory: string, name: string): { readonly key: string; readonly cert: string; readonly der: string } => {
  const [key, cert] = [`${directory}/${name}.key`, `${directory}/${name}.crt`];
  sh('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-keyout', key, '-out', cert);
  const pem = readFileSync(cert, 'utf8');
  return { key: readFileSync(key, 'utf8'), cert: pem, der: pem.replace(/-----[A-Z ]+-----|\s/g, '') };
};
