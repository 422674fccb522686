/**
 * References to images in registries: `[oci:]host[:port]/name[:tag][@sha256:…]`, with the short forms Docker Hub made usual
 * (distribution/reference, "Grammar" and normalize.go).
 */
import { type Digest, Refusal } from '../environment/index.ts';
import { isDigest } from './digest.ts';

export interface Reference {
  /** `docker.io`, `localhost:5000`, `[::1]:5000`. */
  readonly host: string;
  /** `library/alpine`. */
  readonly repository: string;
  /** Undefined only where a digest is given instead. */
  readonly tag: string | undefined;
  readonly digest: Digest | undefined;
}

export const scheme = 'oci:';
const hub = 'docker.io';
const hostForm =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?$/;
const componentForm = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const tagForm = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
/** Longest reference without tag and digest: distribution/reference, NameTotalLengthMax. */
const nameMost = 255;

/** Reads a reference, with or without `oci:`. Throws `malformed-image`. */
export const parseReference = (text: string): Reference => {
  const bare = text.startsWith(scheme) ? text.slice(scheme.length) : text;
  const refuse = (why: string): never => {
    throw new Refusal('malformed-image', [text.length > 300 ? `${text.slice(0, 300)}…` : text, why]);
  };
  const [named = '', digest, ...more] = bare.split('@');
  if (more.length > 0) return refuse('it has more than one @');
  if (digest !== undefined && !isDigest(digest)) return refuse('what follows @ is not sha256: and 64 lower-case hexadecimal digits');

  const colon = named.lastIndexOf(':');
  const tagged = colon > named.lastIndexOf('/') && colon > named.lastIndexOf(']');
  const name = tagged ? named.slice(0, colon) : named;
  const tag = tagged ? named.slice(colon + 1) : undefined;
  if (tag !== undefined && !tagForm.test(tag)) return refuse(`"${tag.slice(0, 130)}" is no tag`);
  if (name.length > nameMost) return refuse(`its name is longer than ${nameMost} characters`);

  const { host, path } = splitHost(name);
  if (!hostForm.test(host)) return refuse(`"${host}" is no host`);
  const components = path.split('/');
  const wrong = components.find((component) => !componentForm.test(component));
  if (wrong !== undefined)
    return refuse(wrong === '' ? 'a part of its name is empty' : `"${wrong}" is not lower-case letters and digits, joined by . _ or -`);
  const repository = host === hub && components.length === 1 ? `library/${path}` : path;
  return { host, repository, tag: tag ?? (digest === undefined ? 'latest' : undefined), digest };
};

/** The one spelling under which an image is kept: `oci:docker.io/library/alpine:3.22`. */
export const formatReference = ({ host, repository, tag, digest }: Reference): string =>
  `${scheme}${host}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;

/** A first part with a dot or a port, or `localhost`, is a host; everything else lives on Docker Hub. */
const splitHost = (name: string): { host: string; path: string } => {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const isHost = /[.:[]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  if (!isHost) return { host: hub, path: name };
  return { host: first === 'index.docker.io' ? hub : first, path: name.slice(slash + 1) };
};
