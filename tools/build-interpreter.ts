/** Derives the interpreter from the specification, where it isn't kept yet: `tools/node tools/build-interpreter.ts [DIRECTORY]`. Who first boots a machine does the same. */
import { readyInterpreter } from '../src/computer/engine/interpreter.ts';

console.log(readyInterpreter(process.argv[2]).path);
