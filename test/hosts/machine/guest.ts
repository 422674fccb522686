/** A running machine, and scripts carried out inside it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface Hardware {
  readonly kernel: string;
  /** Disk images, raw or qcow2 by their ending; the first is the root. Shown as /dev/nvme0n1, n2 … */
  readonly disks: readonly string[];
  readonly memoryMiB: number;
  /** What the kernel and systemd print goes here. */
  readonly consoleLog: string;
}

export interface Told {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** Ends with the process that made it. */
export class Guest {
  readonly #hardware: Hardware;
  #qemu: ChildProcess | undefined;
  #number = 0;
  #bootId: string | undefined;
  #onLine: (line: string) => void = () => {};

  constructor(hardware: Hardware) {
    this.#hardware = hardware;
  }

  /** Switches it on; resolves once scripts can be run. */
  async boot(): Promise<void> {
    const before = this.#bootId;
    const ready = this.#line((line) => (line.startsWith('ready ') && line !== before ? line : undefined), 600, 'it does not come up');
    // The guest ends with its maker, however that ends: setpriv(1), --pdeathsig. It takes longest, so it comes before its neighbours.
    const line = ['-n', '-5', 'setpriv', '--pdeathsig', 'KILL', '--', 'qemu-system-x86_64', ...board(this.#hardware)];
    const qemu = spawn('nice', line, {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    qemu.on('error', (error) => this.#onLine(`error ${error.message}`));
    createInterface({ input: qemu.stdout }).on('line', (line) => this.#onLine(line));
    this.#qemu = qemu;
    this.#bootId = await ready;
  }

  /** Runs a bash script inside to its end. */
  async run(script: string, seconds = 120): Promise<Told> {
    const number = ++this.#number;
    const start = performance.now();
    const answer = this.#line((line) => (line.startsWith(`${number} `) ? line : undefined), seconds, `no end of: ${script}`);
    this.#qemu?.stdin?.write(`${number} ${Buffer.from(script).toString('base64')}\n`);
    const [, code, stdout, stderr] = (await answer).split(' ');
    return { code: Number(code), stdout: decoded(stdout), stderr: decoded(stderr), seconds: (performance.now() - start) / 1000 };
  }

  /**
   * As its user would; resolves once scripts can be run again. Its reset ends the emulator, which begins anew: going on, it would stall
   * for minutes over what it had translated before.
   */
  async reboot(): Promise<void> {
    const qemu = this.#qemu;
    if (qemu === undefined) throw new Error('it is switched off');
    const down = once(qemu, 'close', { signal: AbortSignal.timeout(600_000) });
    qemu.stdin?.write(`${++this.#number} ${Buffer.from('systemctl reboot').toString('base64')}\n`);
    await down;
    await this.boot();
  }

  /** Takes the power away: what the guest had not written to its disks is lost. */
  async cut(): Promise<void> {
    const qemu = this.#qemu;
    if (qemu === undefined || qemu.exitCode !== null || qemu.signalCode !== null) return;
    const gone = new Promise((resolve) => qemu.once('close', resolve));
    qemu.kill('SIGKILL');
    await gone;
  }

  #line(pick: (line: string) => string | undefined, seconds: number, complaint: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${complaint} (after ${seconds} s)`)), seconds * 1000);
      this.#onLine = (line) => {
        const picked = pick(line);
        if (picked === undefined) return;
        clearTimeout(late);
        resolve(picked);
      };
    });
  }
}

/**
 * No network: nothing inside may depend on one. One controller, so that the disks' order is theirs here. On a busy host a timer comes so late that its kernel
 * takes it for a broken one, and panics; of other hypervisors it knows that.
 */
const board = ({ kernel, disks, memoryMiB, consoleLog }: Hardware): readonly string[] => [
  ...['-machine', 'q35', '-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '2', '-m', String(memoryMiB)],
  ...['-kernel', kernel, '-append', 'root=/dev/nvme0n1 rw console=ttyS0 quiet no_timer_check'],
  ...['-nodefaults', '-nographic', '-nic', 'none', '-no-reboot', '-serial', `file:${consoleLog}`, '-serial', 'stdio'],
  ...['-device', 'nvme,id=nvme,serial=isola', '-device', 'virtio-rng-pci'],
  ...disks.flatMap((file, index) => [
    ...['-drive', `file=${file},format=${file.endsWith('.qcow2') ? 'qcow2' : 'raw'},if=none,id=disk${index}`],
    ...['-device', `nvme-ns,bus=nvme,drive=disk${index},nsid=${index + 1}`],
  ]),
];

const decoded = (text: string | undefined): string => Buffer.from(text ?? '', 'base64').toString();
