/** The WebAssembly engine, as much of it as is used, which no library of types has without a browser's: WebAssembly JavaScript Interface, 5. */

export interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** Of functions. */
export interface Table {
  readonly length: number;
  grow(places: number): number;
  set(place: number, what: null): void;
}

/** A compiled module. */
export interface Module {
  readonly module: unique symbol;
}

export interface Instance {
  readonly exports: Readonly<Record<string, unknown>>;
}

interface Engine {
  readonly Memory: new (limits: { readonly initial: number; readonly maximum?: number }) => Memory;
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => Module;
  readonly Instance: new (module: Module, imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>) => Instance;
}

// Every host that isola runs on has it: Node, and browsers.
export const engine = (globalThis as unknown as { readonly WebAssembly: Engine }).WebAssembly;
