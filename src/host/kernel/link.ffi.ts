/** What a network device is told that rtnetlink(7) has no word for: linux/ethtool.h. */
import { dlopen, getRawPointer } from 'node:ffi';

const { functions: libc } = dlopen(null, {
  socket: { return: 'i32', arguments: ['i32', 'i32', 'i32'] },
  ioctl: { return: 'i32', arguments: ['i32', 'u64', 'pointer'] },
  close: { return: 'i32', arguments: ['i32'] },
});

const [afInet, sockDatagram, cloexec] = [2, 2, 0o2000000];
const siocEthtool = 0x8946n;
const setTransmitChecksums = 0x17;
const [ifreqBytes, nameMost, dataAt] = [40, 15, 16];

/**
 * Has packets leave a device as they are on a wire: summed up, and no longer than it takes. The kernel else hands on a packet among its own devices unfinished, for whoever
 * might do that in hardware: Documentation/networking/checksum-offloads.rst. Returns whether the kernel did so.
 */
export const finishPackets = (link: string): boolean => {
  const name = new TextEncoder().encode(link).subarray(0, nameMost);
  const value = new Uint32Array([setTransmitChecksums, 0]);
  const request = new DataView(new ArrayBuffer(ifreqBytes));
  new Uint8Array(request.buffer).set(name);
  request.setBigUint64(dataAt, BigInt(getRawPointer(new Uint8Array(value.buffer))), true);
  const socket = libc.socket(afInet, sockDatagram | cloexec, 0);
  try {
    return libc.ioctl(socket, siocEthtool, getRawPointer(new Uint8Array(request.buffer))) === 0;
  } finally {
    libc.close(socket);
  }
};
