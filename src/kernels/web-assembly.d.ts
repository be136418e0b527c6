// What the kernel uses of the WebAssembly API (W3C WebAssembly JavaScript Interface), which @types/node leaves to the DOM.

declare namespace WebAssembly {
  /** Compiled code. The constructor throws on bytes that are no valid module for this engine. */
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(module: Module, imports?: Readonly<Record<string, Readonly<Record<string, unknown>>>>);
    readonly exports: Readonly<Record<string, unknown>>;
  }
  interface Memory {
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  interface Global {
    readonly value: number;
  }
  function validate(bytes: Uint8Array): boolean;
}
