/** The library: `import { Isola } from 'isola'`. */
import { open } from './main.ts';

export { open };
