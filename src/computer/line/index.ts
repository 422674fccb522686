export { type Channels, openChannels } from './channels.ts';
export { ConsoleLine } from './console-line.ts';
export { FilesLine } from './files-line.ts';
export { type Lines, openLines, postLine } from './lines.ts';
export { type NetworkLines, openNetwork } from './network.ts';
export { nobody } from './open-line.ts';
export { connected, listening } from './socket.ts';
