/** The whole contract, of which virtualization.test.ts proves what the processor has a part in: `tools/node --test test/contract/virtualization.long.ts`. */
import { holdToContract } from './contract.ts';

await holdToContract('virtualization', 'whole');
