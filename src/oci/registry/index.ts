export { type Challenge, parseChallenges } from './challenge.ts';
export { oneLine, parseErrors, type RegistryError } from './errors.ts';
