/** How long a test may take before it is taken for one that hangs, in ms: several times what the longest takes beside others on the slowest host it was seen on. It says nothing of speed. */
export const patienceMs = 900_000;
