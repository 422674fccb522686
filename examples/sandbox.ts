/** Runs generated code on a short leash: `node examples/sandbox.ts`, as root. */
import { Isola, Refusal } from 'isola';

await using isola = await Isola.open();
await using box = await isola.create('busybox', { memory: '64M', pids: 32, network: 'none' });

await box.writeFile('/work/generated.sh', 'echo "2 + 3 = $((2 + 3))"; exit 3\n');
const { exitCode, stdout, durationMs } = await box.exec(['sh', '/work/generated.sh'], { timeoutMs: 5000 });
console.log(`status ${exitCode} after ${Math.round(durationMs)} ms: ${stdout.trim()}`);

for await (const event of await box.spawn(['sh', '-c', 'for i in 1 2 3; do echo $i; sleep 0.1; done'])) {
  console.log(event.type, event.type === 'exit' ? event.exitCode : event.text.trim());
}

try {
  await box.exec(['sleep', '60'], { timeoutMs: 200 });
} catch (error) {
  if (error instanceof Refusal) console.log(`${error.code}: ${error.message}`);
}
