/** Answers a registry's challenge: distribution, "Token Authentication Specification" and "OAuth2 Token Authentication". */
import { Refusal } from '../../environment/index.ts';
import { type Challenge, parseChallenges } from '../../oci/registry/index.ts';
import type { Credentials } from './credentials.ts';
import { type Answer, type Lines, readBody } from './http.ts';

const tokenMost = 1 << 20;

export interface Applicant {
  readonly lines: Lines;
  /** The registry, as users write it. */
  readonly host: string;
  readonly repository: string;
  readonly credentials: Credentials | undefined;
  /** Whether secrets may travel in the clear. */
  readonly plain: boolean;
  readonly signal: AbortSignal;
}

/** The value of an Authorization header that answers a 401; undefined where nothing can be answered. Throws `registry-refused`. */
export const answerChallenge = async (applicant: Applicant, { headers }: Answer): Promise<string | undefined> => {
  const challenges = parseChallenges(headers['www-authenticate'] ?? '');
  const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
  if (bearer !== undefined) return await fetchToken(applicant, bearer);
  const { credentials } = applicant;
  const basic = challenges.some(({ scheme }) => scheme === 'basic');
  return basic && credentials?.kind === 'password' ? basicHeader(credentials) : undefined;
};

const basicHeader = ({ user, password }: { readonly user: string; readonly password: string }): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

const fetchToken = async (applicant: Applicant, { parameters }: Challenge): Promise<string> => {
  const { host, repository, credentials, lines, signal } = applicant;
  const realm = realmOf(applicant, parameters.get('realm') ?? '');
  const scope = parameters.get('scope') ?? `repository:${repository}:pull`;
  const service = parameters.get('service');
  const answer =
    credentials?.kind === 'identity token'
      ? await lines.ask(realm, {
          method: 'POST',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: form({ grant_type: 'refresh_token', refresh_token: credentials.token, client_id: 'isola', scope, service }),
          signal,
        })
      : await lines.ask(new URL(`${realm.href}${realm.search === '' ? '?' : '&'}${form({ service, scope })}`), {
          headers: credentials === undefined ? {} : { authorization: basicHeader(credentials) },
          signal,
        });
  const body = await readBody(answer, tokenMost);
  if (answer.status === 401 || answer.status === 403) {
    const remedy = credentials === undefined ? 'log in with podman login, or give --credentials' : 'check user and password';
    throw new Refusal('registry-refused', [host, `access to ${repository}`, `its token service said ${answer.status}`, remedy]);
  }
  const token = answer.status === 200 && body !== undefined ? tokenIn(body) : undefined;
  if (token === undefined)
    throw new Refusal('registry-refused', [
      host,
      `access to ${repository}`,
      `its token service ${realm.host} gave no token (status ${answer.status})`,
      answer.status === 429 ? 'it limits how often one may ask: wait, or log in with podman login' : 'try again later',
    ]);
  return `Bearer ${token}`;
};

/** A registry may name any service; but a password, or a token worth one, is not sent in the clear because it says so. */
const realmOf = ({ host, repository, credentials, plain }: Applicant, text: string): URL => {
  const realm = URL.canParse(text) ? new URL(text) : undefined;
  const fits = realm?.protocol === 'https:' || (realm?.protocol === 'http:' && (plain || credentials === undefined));
  if (realm === undefined || !fits)
    throw new Refusal('registry-refused', [
      host,
      `access to ${repository}`,
      `its token service is ${JSON.stringify(text.slice(0, 200))}`,
      'use --insecure if plain HTTP is what you want',
    ]);
  realm.hash = '';
  return realm;
};

const tokenIn = (body: Uint8Array): string | undefined => {
  try {
    const { token, access_token: accessToken } = JSON.parse(Buffer.from(body).toString()) as Record<string, unknown>;
    const found = [token, accessToken].find((one) => typeof one === 'string' && one !== '');
    // Anything else could end the header and begin another.
    return typeof found === 'string' && /^[!-~]+$/.test(found) ? found : undefined;
  } catch {
    return undefined;
  }
};

const form = (fields: Readonly<Record<string, string | undefined>>): string =>
  new URLSearchParams(Object.entries(fields).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]))).toString();
