/** What is needed to find an image. Documents, tar and the registry's words have their own doors: they are loaded when used. */
export { Damage, Unsupported } from './damage.ts';
export { chainId, hexOf, isDigest, parseDigest, type Sha256 } from './digest.ts';
export { formatReference, parseReference, type Reference, scheme } from './reference.ts';
