/** Requests that are wrong in many ways, as whoever passes on those of a device says them: guest/share/stream.h, linux/fuse.h. */

/** What travels: length, number, room, and what the guest wrote. */
export const asked = (number: number, room: number, said: Buffer): Buffer => {
  const head = Buffer.alloc(12);
  for (const [index, word] of [8 + said.length, number, room].entries()) head.writeUInt32BE(word, 4 * index);
  return Buffer.concat([head, said]);
};

/** fuse_in_header, and what is behind it. */
const headed = (opcode: number, node: bigint, rest: Buffer): Buffer => {
  const head = Buffer.alloc(40);
  head.writeUInt32LE(40 + rest.length, 0);
  head.writeUInt32LE(opcode, 4);
  head.writeBigUInt64LE(node, 16);
  return Buffer.concat([head, rest]);
};

/** FUSE_INIT, as it should be. */
export const opening = headed(26, 0n, Buffer.from(Uint32Array.of(7, 38, 65_536, 0xffff_ffff).buffer));

/** One of any kind, about files that are there or not; some are cut short. */
export const request = (chance: (below: number) => number): Buffer => {
  const rest = Buffer.from(Array.from({ length: chance(90) }, () => (chance(3) === 0 ? chance(256) : 0)));
  if (chance(3) === 0) rest.write('shown\0');
  const whole = headed(chance(50), BigInt(chance(4)), rest);
  return chance(20) === 0 ? whole.subarray(0, chance(whole.length)) : whole;
};

/** Numbers below another, the same for the same seed: Numerical Recipes, 7.1. */
export const chances = (seed: number): ((below: number) => number) => {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
};
