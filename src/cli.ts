/** The command line's first file. */
import { open } from './main.ts';
import { main } from './surface/cli/index.ts';

process.exitCode = await main(process.argv.slice(2), open);
