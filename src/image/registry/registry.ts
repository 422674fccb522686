/** One repository at one registry: distribution-spec v1.1, "Pulling". */
import { Refusal } from '../../environment/index.ts';
import type { Reference } from '../../oci/index.ts';
import { oneLine, parseErrors } from '../../oci/registry/index.ts';
import { type Applicant, answerChallenge } from './authorization.ts';
import { certificatesFor } from './certificates.ts';
import type { Credentials } from './credentials.ts';
import { type Answer, describeFailure, isCertificateError, isForeignSpeech, isPassing, isUnanswered, Lines, readBody } from './http.ts';
import { pause } from './pause.ts';

const redirectsMost = 10;
const refusalMost = 64 << 10;
/** Milliseconds before each further attempt. */
export const pausesMs: readonly number[] = [300, 1000, 3000];
/** A registry that wants to be left alone for longer is told of instead. */
const waitMostMs = 10_000;

export interface RegistryOptions {
  readonly credentials: Credentials | undefined;
  readonly insecure: boolean;
  readonly signal: AbortSignal;
}

export interface Wish {
  /** Below `/v2/<repository>/`. */
  readonly path: string;
  /** For messages: `the manifest of …`. */
  readonly what: string;
  /** The Refusal for a 404. */
  readonly missing: () => Refusal;
  readonly headers?: Readonly<Record<string, string>>;
}

export class Registry implements Disposable {
  /** As users write it. */
  readonly host: string;
  readonly #repository: string;
  readonly #lines: Lines;
  readonly #options: RegistryOptions;
  readonly #local: boolean;
  #base: URL | undefined;
  #authorization: string | undefined;

  constructor({ host, repository }: Reference, options: RegistryOptions) {
    this.host = host;
    this.#repository = repository;
    this.#options = options;
    this.#local = isLoopback(host);
    this.#lines = new Lines({ certificates: certificatesFor(host), insecure: options.insecure, proxy: !this.#local });
  }

  /**
   * GET, authorized, redirected, and tried again while the line fails. Returns answers of status 2xx and those of `accept`.
   * Throws `registry-refused`, `registry-unreachable`, or what `missing` makes.
   */
  async get(wish: Wish, accept: readonly number[] = []): Promise<Answer> {
    const answer = await this.#trying(() => this.#authorized(wish));
    if ((answer.status >= 200 && answer.status < 300) || accept.includes(answer.status)) return answer;
    throw await this.#refusal(answer, wish);
  }

  /** The Refusal for a line that failed for good. */
  unreachable(error: unknown): Refusal {
    const refuse = (answer: string, remedy: string): Refusal =>
      new Refusal('registry-refused', [this.host, 'a safe line', answer, remedy], { cause: error });
    if (isCertificateError(error))
      return refuse(
        `its certificate is not to be trusted (${describeFailure(error)})`,
        `put its authority’s certificate into /etc/containers/certs.d/${this.host}/ca.crt, or give --insecure`,
      );
    if (isForeignSpeech(error)) return refuse('it does not speak HTTPS', 'give --insecure if plain HTTP is what you want');
    return new Refusal('registry-unreachable', [this.host, describeFailure(error)], { cause: error });
  }

  [Symbol.dispose](): void {
    this.#lines[Symbol.dispose]();
  }

  async #trying(attempt: () => Promise<Answer>): Promise<Answer> {
    const { signal } = this.#options;
    for (let round = 0; ; round++) {
      const pauseMs = pausesMs[round];
      try {
        const answer = await attempt();
        const waitMs = answer.status === 429 ? (retryAfterMs(answer) ?? pauseMs) : pauseMs;
        const passing = answer.status === 429 || answer.status >= 500;
        if (!passing || pauseMs === undefined || waitMs === undefined || waitMs > waitMostMs) return answer;
        answer.body.destroy();
        await pause(waitMs, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof Refusal) throw error;
        // Where nobody ever answered, nobody will in three seconds.
        const hopeless = !isPassing(error) || (this.#base === undefined && isUnanswered(error));
        if (pauseMs === undefined || hopeless) throw this.unreachable(error);
        await pause(pauseMs, signal);
      }
    }
  }

  async #authorized({ path, headers = {} }: Wish): Promise<Answer> {
    const url = new URL(`/v2/${this.#repository}/${path}`, await this.#findBase());
    const first = await this.#follow(url, headers);
    if (first.status !== 401) return first;
    // A token may have ended meanwhile: each 401 is answered once.
    this.#authorization = await this.#answer(first);
    if (this.#authorization === undefined) return first;
    first.body.destroy();
    return await this.#follow(url, headers);
  }

  async #answer(challenge: Answer): Promise<string | undefined> {
    const { credentials, signal, insecure } = this.#options;
    const plain = insecure || this.#local;
    const applicant: Applicant = { lines: this.#lines, host: this.host, repository: this.#repository, credentials, plain, signal };
    return await answerChallenge(applicant, challenge);
  }

  /** Authorization goes to the registry alone, wherever a redirect leads. */
  async #follow(start: URL, headers: Readonly<Record<string, string>>): Promise<Answer> {
    const { signal, insecure } = this.#options;
    let url = start;
    for (let redirects = 0; ; redirects++) {
      const own = url.origin === start.origin && this.#authorization !== undefined ? { authorization: this.#authorization } : {};
      const answer = await this.#lines.ask(url, { headers: { ...headers, ...own }, signal });
      const location = answer.headers.location;
      if (![301, 302, 303, 307, 308].includes(answer.status) || location === undefined) return answer;
      answer.body.destroy();
      const next = URL.canParse(location, url) ? new URL(location, url) : undefined;
      const fits = next?.protocol === 'https:' || (next?.protocol === 'http:' && (start.protocol === 'http:' || insecure));
      if (next === undefined || !fits || redirects === redirectsMost) throw this.#badRedirect(location);
      url = next;
    }
  }

  #badRedirect(location: string): Refusal {
    const answer = `it redirects to ${JSON.stringify(location.slice(0, 200))}`;
    const remedy = 'from HTTPS only HTTPS is followed, and no more than ten times; --insecure allows plain HTTP';
    return new Refusal('registry-refused', [this.host, 'a download', answer, remedy]);
  }

  /** HTTPS; where that isn't spoken plain HTTP, if allowed. */
  async #findBase(): Promise<URL> {
    if (this.#base !== undefined) return this.#base;
    // Docker Hub answers under another name than its images bear.
    const host = this.host === 'docker.io' ? 'registry-1.docker.io' : this.host;
    const schemes = this.#local || this.#options.insecure ? ['https', 'http'] : ['https'];
    let failure: unknown;
    for (const scheme of schemes) {
      const base = baseOf(scheme, host);
      try {
        await this.#greet(base);
        this.#base = base;
        return base;
      } catch (error) {
        if (error instanceof Refusal || this.#options.signal.aborted || isCertificateError(error)) throw error;
        failure ??= error;
      }
    }
    throw failure;
  }

  /** distribution-spec v1.1, "Determining Support": 200, or 401 where one must log in. Passing troubles show later anyway. */
  async #greet(base: URL): Promise<void> {
    const { status, headers, body } = await this.#lines.ask(new URL('/v2/', base), { signal: this.#options.signal });
    body.destroy();
    const isPage = status === 200 && /^text\/html/i.test(headers['content-type'] ?? '');
    if ((status < 400 && !isPage) || [401, 403, 429].includes(status) || status >= 500) return;
    const answer = isPage ? 'it answers with a web page' : `status ${status}`;
    const remedy = 'no registry is there: check the name, oci:HOST/NAME:TAG';
    throw new Refusal('registry-refused', [this.host, 'the question whether it is a registry', answer, remedy]);
  }

  async #refusal(answer: Answer, { what, missing }: Wish): Promise<Refusal> {
    const body = await readBody(answer, refusalMost).catch(() => undefined);
    this.#options.signal.throwIfAborted();
    const [error] = body === undefined ? [] : parseErrors(Buffer.from(body).toString());
    const said = error === undefined ? `status ${answer.status}` : oneLine(`${error.message || error.code} (${answer.status})`);
    const refuse = (remedy: string): Refusal => new Refusal('registry-refused', [this.host, what, said, remedy]);
    switch (answer.status) {
      case 401:
      case 403:
        return this.#options.credentials === undefined
          ? refuse('check the name; if it is right, log in with podman login, or give --credentials')
          : refuse('these credentials do not suffice: check them, and the name');
      case 404:
        return missing();
      case 429:
        return refuse('it limits how much one may pull: wait, or log in with podman login, which raises the limit');
      default:
        return refuse('try again later');
    }
  }
}

/** A reference's host may have the form of one and be none: `999.1.1.1`, a port of five nines. */
const baseOf = (scheme: string, host: string): URL => {
  if (!URL.canParse(`${scheme}://${host}`)) throw new Refusal('malformed-image', [`oci:${host}/…`, `"${host}" is no host`]);
  return new URL(`${scheme}://${host}`);
};

/** Hosts that only this machine reaches. */
export const isLoopback = (host: string): boolean => /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/.test(host);

const retryAfterMs = ({ headers }: Answer): number | undefined => {
  const seconds = Number(headers['retry-after'] ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds * 1000 : undefined;
};
