/**
 * HTTP as registries need it. Node's fetch can neither accept a certificate nobody vouches for nor be told when a line has gone
 * silent, so this stands on node:https.
 */
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { getCACertificates } from 'node:tls';

/** A line on which nothing comes for so long is given up. */
const silentMs = 30_000;

export interface Question {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** To be read to its end or destroyed. */
  readonly body: IncomingMessage;
}

export interface LineOptions {
  readonly certificates: readonly string[];
  readonly insecure: boolean;
  readonly proxy: boolean;
}

/** Connections, kept open between questions; to be disposed. */
export class Lines implements Disposable {
  readonly #http: HttpAgent;
  readonly #https: HttpsAgent;

  /** `certificates`: PEM texts trusted beyond the usual; `insecure`: all are; `proxy`: whether HTTPS_PROXY and its kin are heeded. */
  constructor({ certificates, insecure, proxy }: LineOptions) {
    const shared = { keepAlive: true, timeout: silentMs, ...(proxy && { proxyEnv: process.env }) };
    this.#http = new HttpAgent(shared);
    const ca = insecure ? [] : [...getCACertificates('default'), ...getCACertificates('system'), ...certificates];
    this.#https = new HttpsAgent({ ...shared, rejectUnauthorized: !insecure, ...(ca.length > 0 && { ca }) });
  }

  /** One question, one answer; redirects are answers. Throws Node's errors where the line fails. */
  ask(url: URL, { method = 'GET', headers = {}, body, signal }: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const secure = url.protocol === 'https:';
      const request = (secure ? requestHttps : requestHttp)(url, {
        method,
        headers: { 'user-agent': 'isola', ...headers },
        agent: secure ? this.#https : this.#http,
        signal,
      });
      const giveUp = (): void => void request.destroy(Object.assign(new Error('it went silent'), { code: 'ETIMEDOUT' }));
      // A socket's own timeout begins anew with each of its layers: until the answer begins, one clock counts for all.
      const clock = setTimeout(giveUp, silentMs);
      request.on('error', (error) => {
        clearTimeout(clock);
        reject(error);
      });
      request.on('response', (answer) => {
        clearTimeout(clock);
        request.setTimeout(silentMs, giveUp);
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: answer });
      });
      request.end(body);
    });
  }

  [Symbol.dispose](): void {
    this.#http.destroy();
    this.#https.destroy();
  }
}

/** The whole body; undefined where it is longer than `most`. */
export const readBody = async ({ body }: Answer, most: number): Promise<Uint8Array | undefined> => {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of body as AsyncIterable<Uint8Array>) {
    length += piece.length;
    if (length > most) {
      body.destroy();
      return undefined;
    }
    pieces.push(piece);
  }
  if (!body.complete) throw Object.assign(new Error('the line dropped'), { code: 'ECONNRESET' });
  return Buffer.concat(pieces);
};

/** Errors of lines, in words. */
const words: Readonly<Record<string, string>> = {
  ENOTFOUND: 'no such host is known',
  EAI_AGAIN: 'the name server does not answer',
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the line dropped',
  EPIPE: 'the line dropped',
  ETIMEDOUT: 'the line went silent',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
};

export const describeFailure = (error: unknown): string => {
  const code = codeOf(error);
  return words[code] ?? (error instanceof Error && error.message !== '' ? error.message : code);
};

/** Whether the other side was reached but can't prove who it is. */
export const isCertificateError = (error: unknown): boolean =>
  /^(?:CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_CERT_|HOSTNAME_MISMATCH)/.test(codeOf(error));

/** The other side speaks, but no TLS. */
export const isForeignSpeech = (error: unknown): boolean => /^(?:EPROTO|ERR_SSL_)/.test(codeOf(error));

export const isUnanswered = (error: unknown): boolean => ['ECONNREFUSED', 'ETIMEDOUT'].includes(codeOf(error));

/** Errors that another attempt may not meet. */
export const isPassing = (error: unknown): boolean =>
  ['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH', 'ERR_STREAM_PREMATURE_CLOSE'].includes(
    codeOf(error),
  );

/** A failed connection to a host of several addresses is an AggregateError around the errors of each. */
const codeOf = (error: unknown): string => {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  return error instanceof Error && 'code' in error ? String(error.code) : '';
};
