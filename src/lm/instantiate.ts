/** Starts a WebAssembly module. */

/**
 * An instance of a module, which is given in Base64. Node does not count a compilation in progress as work and would end
 * the process if nothing else was waited for, so a timer runs beside it.
 */
export async function instantiate(
  base64: string,
  imports: WebAssembly.Imports = {},
): Promise<WebAssembly.Instance> {
  const binary = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const timer = setInterval(() => {}, 1000);
  try {
    return (await WebAssembly.instantiate(binary, imports)).instance;
  } finally {
    clearInterval(timer);
  }
}
