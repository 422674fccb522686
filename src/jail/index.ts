export { jailFacets } from './facets.ts';
export { Jailed } from './jailed.ts';
export type { Place, Surroundings } from './place.ts';
