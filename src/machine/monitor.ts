/** What a guest that knows its monitor finds of it: leaves of CPUID, registers and calls of its own. Whoever makes a processor gives it one, or none. */

export interface Monitor {
  /** What CPUID tells of a leaf from 4000_0000h to 4000_FFFFh, where it tells anything; else zeros are told. */
  identify(leaf: number, subleaf: number): MonitorLeaf | undefined;
  /** A model-specific register of its own, by its number, where it has that. */
  model(number: number): MonitorModel | undefined;
  /** VMCALL or VMMCALL, at any privilege; it goes on behind it. */
  call(caller: Caller): void;
}

/** Of 32 bits each. */
export interface MonitorLeaf {
  readonly eax: number;
  readonly ebx: number;
  readonly ecx: number;
  readonly edx: number;
}

export interface MonitorModel {
  read(): bigint;
  /** False where it may not be so: #GP. Without it every write is #GP. */
  write?(value: bigint): boolean;
}

/** Who called, while the call lasts. */
export interface Caller {
  /** 0 to 3. */
  readonly privilege: number;
  /** Of its code. */
  readonly width: 16 | 32 | 64;
  /** A general register by its number in instructions: 0 RAX, 1 RCX, 2 RDX, 3 RBX, 4 RSP, 5 RBP, 6 RSI, 7 RDI, 8 to 15. */
  register(number: number): bigint;
  setRegister(number: number, value: bigint): void;
  /** Its memory at linear addresses, as its supervisor reaches it. False where some of that isn't there, or may not be written: then nothing has happened, or a part from the front. */
  read(linear: bigint, into: Uint8Array): boolean;
  write(linear: bigint, bytes: Uint8Array): boolean;
  /** It goes on once an interrupt has come, as behind HLT. */
  halt(): void;
}
