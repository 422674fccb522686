/** Numbers of any length in memory, little-endian: pointers of two parts have 6 or 10 bytes. */

export const numberAt = (view: DataView, place: number, bytes: number): bigint => {
  switch (bytes) {
    case 2:
      return BigInt(view.getUint16(place, true));
    case 4:
      return BigInt(view.getUint32(place, true));
    case 8:
      return view.getBigUint64(place, true);
  }
  let value = 0n;
  for (let at = bytes - 1; at >= 0; at--) value = (value << 8n) | BigInt(view.getUint8(place + at));
  return value;
};

/** Of a longer number the low bytes. */
export const putNumber = (view: DataView, place: number, bytes: number, value: bigint): void => {
  switch (bytes) {
    case 2:
      view.setUint16(place, Number(BigInt.asUintN(16, value)), true);
      return;
    case 4:
      view.setUint32(place, Number(BigInt.asUintN(32, value)), true);
      return;
    case 8:
      view.setBigUint64(place, value, true);
      return;
  }
  for (let at = 0; at < bytes; at++) view.setUint8(place + at, Number((value >> BigInt(8 * at)) & 0xffn));
};
