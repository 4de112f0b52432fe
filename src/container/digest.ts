/** SHA-256 through Web Crypto, which Node and browsers share. */

/** SHA-256 (FIPS 180-4) of bytes. */
export async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
}
