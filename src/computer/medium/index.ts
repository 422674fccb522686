export { Chain } from './chain.ts';
export { FileMedium, type Medium } from './file-medium.ts';
export { HostFile } from './host-file.ts';
export { makeLayer } from './layer.ts';
export { unpackers } from './unpackers.ts';
