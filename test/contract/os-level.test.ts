import { environmentSuite } from './suite.ts';

await environmentSuite({ technique: 'os-level', image: 'busybox', skips: {} });
