import { cache } from './cache.ts';
import { call } from './call.ts';
import { extendedState } from './extended-state.ts';
import { identity } from './identity.ts';
import { model } from './model.ts';
import { register } from './register.ts';

/** Instructions about the processor itself, in families. */
export const control = { register, cache, model, call, identity, extendedState } as const;
