/** The part of binary-parser that structures.ts uses; the package's own types do not cover its ES module. */
declare module 'binary-parser' {
  export class Parser {
    endianess(endianness: 'little' | 'big'): this;
    uint8(name: string): this;
    uint32(name: string): this;
    buffer(name: string, options: { readonly length: number }): this;
    string(name: string, options: { readonly length: number; readonly encoding: string }): this;
    parse(bytes: Uint8Array): unknown;
  }
}
