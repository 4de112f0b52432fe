/** Matrices that go to and come from sessions, in memory that is kept from call to call. */

import * as ort from 'onnxruntime-node';

/** One input or output of a session: rows of float32, as many as a call has. */
export class TensorRows {
  private memory = new Float32Array(0);

  constructor(private readonly columns: number) {}

  /** A tensor of the first rows of a matrix; the one before is no longer valid. */
  of(matrix: Int16Array | Int32Array, rows: number): ort.Tensor {
    const length = rows * this.columns;
    this.reserve(length);
    for (let i = 0; i < length; i++) this.memory[i] = matrix[i];
    return this.tensor(rows);
  }

  /** A tensor for a session to write to; the one before is no longer valid. */
  room(rows: number): ort.Tensor {
    this.reserve(rows * this.columns);
    return this.tensor(rows);
  }

  /** Copies what a session has written to the tensor of the last `room`. */
  copyTo(matrix: Int16Array | Int32Array, rows: number): void {
    const length = rows * this.columns;
    for (let i = 0; i < length; i++) matrix[i] = this.memory[i];
  }

  private reserve(length: number): void {
    if (this.memory.length < length) this.memory = new Float32Array(Math.max(length, 2 * this.memory.length));
  }

  private tensor(rows: number): ort.Tensor {
    return new ort.Tensor('float32', this.memory.subarray(0, rows * this.columns), [rows, this.columns]);
  }
}
