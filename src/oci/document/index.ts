export { type ConfigParts, initLabel, makeConfig, makeManifest, parseConfig, type ReadConfig } from './config.ts';
export { documentMost } from './json.ts';
export * from './layout.ts';
export { type Descriptor, type Index, indexTypes, type Manifest, manifestTypes, parseManifest } from './manifest.ts';
export { choosePlatform, formatPlatform, type Platform, parsePlatform, suits } from './platform.ts';
