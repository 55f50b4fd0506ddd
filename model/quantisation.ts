import { chunks } from "./chunks.ts";

/**
 * The operators that round a whole tensor with one scale, which they take from its largest and smallest value:
 * `DynamicQuantizeLinear` (https://onnx.ai/onnx/operators/onnx__DynamicQuantizeLinear.html) and ONNX Runtime's
 * `DynamicQuantizeMatMul` and `DynamicQuantizeLSTM`. An ONNX file contains the names of its operators as plain text.
 */
const OPERATORS = "DynamicQuantize";

/**
 * Whether a text's scores depend on the other texts of its batch. They do in a dynamically quantised network: the scale that
 * rounds a text's values also depends on the values, and even on the padding, of the others.
 */
export async function dependsOnBatch(onnxFile: string): Promise<boolean> {
  let end: Uint8Array = new Uint8Array();
  for await (const chunk of chunks(onnxFile)) {
    // The name may begin in one chunk and end in the next.
    if (chunk.includes(OPERATORS) || Buffer.concat([end, chunk.subarray(0, OPERATORS.length)]).includes(OPERATORS))
      return true;
    end = Buffer.from(chunk.subarray(-OPERATORS.length));
  }
  return false;
}
