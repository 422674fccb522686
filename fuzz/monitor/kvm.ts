/** Guests of KVM's that do anything. */
import { Random } from '../../src/devices/stage/index.ts';
import { fuzzKvm } from '../../src/monitor/kvm/stage/fuzz.ts';
import type { Random as Given } from '../mutation.ts';

export const guests = (random: Given): void => fuzzKvm(new Random(random(2 ** 31)));
