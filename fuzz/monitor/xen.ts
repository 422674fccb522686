/** Guests of Xen's that do anything: by hypercalls, to the store, and in the rings of their disks and network cards. */
import { Random } from '../../src/devices/stage/index.ts';
import { fuzzCalls, fuzzRings, fuzzStore } from '../../src/monitor/xen/stage/fuzz.ts';
import type { Random as Given } from '../mutation.ts';

export const calls = (random: Given): void => fuzzCalls(new Random(random(2 ** 31)));
export const store = (random: Given): void => fuzzStore(new Random(random(2 ** 31)));
export const rings = (random: Given): void => fuzzRings(new Random(random(2 ** 31)));
