/** Starts a WebAssembly module. */

/**
 * An instance of a module. Node does not count a compilation in progress as work and would end the process if
 * nothing else was waited for, so a timer runs beside it.
 */
export async function instantiate(
  binary: BufferSource,
  imports: WebAssembly.Imports = {},
): Promise<WebAssembly.Instance> {
  const timer = setInterval(() => {}, 1000);
  try {
    return (await WebAssembly.instantiate(binary, imports)).instance;
  } finally {
    clearInterval(timer);
  }
}
