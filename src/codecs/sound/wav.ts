/** WAV files of mono samples of 16 bits. */

const HEADER_BYTES = 44;

/**
 * The header of a WAV file.
 *
 * @param samples Number of samples that follow; players that count in 32 bits stop after 2^31.
 * @param sampleRate Samples a second.
 */
export function wavHeader(samples: number, sampleRate: number): Uint8Array {
  const header = new DataView(new ArrayBuffer(HEADER_BYTES));
  const text = (at: number, value: string) => {
    for (let i = 0; i < value.length; i++) header.setUint8(at + i, value.charCodeAt(i));
  };
  const length = Math.min(2 * samples, 0xffffffff - HEADER_BYTES);
  text(0, 'RIFF');
  header.setUint32(4, length + HEADER_BYTES - 8, true);
  text(8, 'WAVEfmt ');
  header.setUint32(16, 16, true);
  header.setUint16(20, 1, true);
  header.setUint16(22, 1, true);
  header.setUint32(24, sampleRate, true);
  header.setUint32(28, 2 * sampleRate, true);
  header.setUint16(32, 2, true);
  header.setUint16(34, 16, true);
  text(36, 'data');
  header.setUint32(40, length, true);
  return new Uint8Array(header.buffer);
}

/** Samples of -1 to 1 as little-endian integers of 16 bits; what is outside is clipped. */
export function wavSamples(samples: Float32Array): Uint8Array {
  const data = new DataView(new ArrayBuffer(2 * samples.length));
  samples.forEach((sample, i) => {
    data.setInt16(2 * i, Math.max(-32768, Math.min(32767, Math.round(32768 * sample))), true);
  });
  return new Uint8Array(data.buffer);
}
