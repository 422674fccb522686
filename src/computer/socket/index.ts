export { HostSockets } from './host-sockets.ts';
