/** The configuration document, read and understood: image-spec v1.1, config.md. */
import { ociImage, realTimeSignals, signals } from '../../abi/index.ts';
import type { Digest, ImageConfig } from '../../environment/index.ts';
import { Damage } from '../damage.ts';
import { parseDigest } from '../digest.ts';
import { absent, asList, asObject, asTable, asText, parseDocument } from './json.ts';
import type { Platform } from './platform.ts';

/** Label that holds, as a JSON list, the command that boots an image as a system. */
export const initLabel = 'org.isola.init';
/** What `PATH` is where an image says nothing; runc's and Docker's. */
const usualPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface ReadConfig {
  readonly platform: Platform;
  /** Digests of the layers' uncompressed bytes, bottom first. */
  readonly diffIds: readonly Digest[];
  /** Milliseconds since 1970; undefined where it isn't said, or is the beginning of time. */
  readonly createdMs: number | undefined;
  readonly image: ImageConfig;
}

/** Throws Damage or Unsupported. */
export const parseConfig = (text: string): ReadConfig => {
  const document = parseDocument(text, 'the config');
  const rootfs = asObject(document['rootfs'], 'rootfs of the config');
  if (rootfs['type'] !== 'layers') throw new Damage('rootfs of the config is not of type "layers"');
  const diffIds = absent(rootfs['diff_ids'])
    ? []
    : asList(rootfs['diff_ids'], 'diff_ids of the config', (value, what) => parseDigest(asText(value, what), what));
  const variant = document['variant'];
  return {
    platform: {
      os: asText(document['os'], 'os of the config'),
      architecture: asText(document['architecture'], 'architecture of the config'),
      ...(!absent(variant) && variant !== '' && { variant: asText(variant, 'variant of the config') }),
    },
    diffIds,
    createdMs: readTime(document['created']),
    image: readImage(document['config']),
  };
};

const readImage = (value: unknown): ImageConfig => {
  const config = absent(value) ? {} : asObject(value, 'config of the config');
  const text = (key: string): string => (absent(config[key]) ? '' : asText(config[key], `${key} of the config`));
  const list = (key: string): readonly string[] => (absent(config[key]) ? [] : asList(config[key], `${key} of the config`, asText));
  const labels = absent(config['Labels']) ? {} : asTable(config['Labels'], 'Labels of the config');
  return {
    entrypoint: list('Entrypoint'),
    cmd: list('Cmd'),
    env: { PATH: usualPath, ...readEnv(list('Env')) },
    workdir: text('WorkingDir') || '/',
    user: text('User'),
    stopSignal: readSignal(text('StopSignal')),
    labels,
    init: readInit(labels[initLabel]),
  };
};

/** `NAME=VALUE`; Docker takes a bare NAME as one that is empty. */
const readEnv = (list: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    list.map((item) => {
      const equals = item.indexOf('=');
      const name = equals < 0 ? item : item.slice(0, equals);
      if (name === '' || item.includes('\0')) throw new Damage(`Env of the config has "${item.slice(0, 80)}"`);
      return [name, equals < 0 ? '' : item.slice(equals + 1)];
    }),
  );

/** `SIGTERM`, `TERM` and `15` are all to be found in images. */
const readSignal = (text: string): string => {
  if (text === '') return 'SIGTERM';
  const name = /^[0-9]+$/.test(text) ? signalName(Number(text)) : text.toUpperCase().replace(/^(?!SIG)/, 'SIG');
  const realTime = /^SIGRTM(IN\+|AX-)([0-9]{1,2})$/.exec(name);
  const known = Object.hasOwn(signals, name) || (realTime !== null && Number(realTime[2]) <= realTimeSignals.last - realTimeSignals.first);
  if (!known) throw new Damage(`StopSignal of the config is "${text.slice(0, 40)}"`);
  return name;
};

const signalName = (number: number): string =>
  Object.entries(signals).find(([, one]) => one === number)?.[0] ?? `SIGRTMIN+${number - realTimeSignals.first}`;

const readInit = (label: string | undefined): readonly string[] => {
  if (label === undefined || label === '') return [];
  try {
    return asList(JSON.parse(label), `the label ${initLabel}`, asText);
  } catch (error) {
    throw new Damage(error instanceof Damage ? error.message : `the label ${initLabel} is not JSON`);
  }
};

const readTime = (value: unknown): number | undefined => {
  if (absent(value)) return undefined;
  const time = Date.parse(asText(value, 'created of the config'));
  return Number.isFinite(time) && time > 0 ? time : undefined;
};

/** What a config document is made from where isola makes an image. */
export interface ConfigParts {
  readonly platform: Platform;
  readonly diffIds: readonly Digest[];
  /** ISO 8601; the beginning of 1970 where equal content shall have an equal digest. */
  readonly created: string;
  readonly cmd: readonly string[];
  readonly init: readonly string[];
  readonly stopSignal: string;
  readonly labels: Readonly<Record<string, string>>;
  /** What made the layer, for the history. */
  readonly createdBy: string;
}

/** The text of a config; equal parts give equal texts. */
export const makeConfig = (parts: ConfigParts): string => {
  const init = parts.init.length === 0 ? {} : { [initLabel]: JSON.stringify(parts.init) };
  const labels = { ...parts.labels, ...init };
  const config: ociImage.Config = {
    created: parts.created,
    ...parts.platform,
    config: {
      Env: [`PATH=${usualPath}`],
      ...(parts.cmd.length > 0 && { Cmd: parts.cmd }),
      WorkingDir: '/',
      ...(Object.keys(labels).length > 0 && { Labels: labels }),
      StopSignal: parts.stopSignal,
    },
    rootfs: { type: 'layers', diff_ids: parts.diffIds },
    history: parts.diffIds.map(() => ({ created: parts.created, created_by: parts.createdBy })),
  };
  return JSON.stringify(config);
};

/** The text of a manifest. */
export const makeManifest = (
  config: { readonly digest: Digest; readonly size: number },
  layers: readonly ociImage.Descriptor[],
): string => {
  const manifest: ociImage.Manifest = {
    schemaVersion: 2,
    mediaType: ociImage.mediaTypes.manifest,
    config: { mediaType: ociImage.mediaTypes.config, ...config },
    layers,
  };
  return JSON.stringify(manifest);
};
