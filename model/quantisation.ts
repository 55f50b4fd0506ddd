import { chunks } from "./chunks.ts";

/**
 * The prefix of the operators that round a whole tensor with one scale, computed from its largest and smallest value:
 * `DynamicQuantizeLinear` (https://onnx.ai/onnx/operators/onnx__DynamicQuantizeLinear.html) and ONNX Runtime's
 * `DynamicQuantizeMatMul` and `DynamicQuantizeLSTM`. An ONNX file contains the names of its operators as plain text.
 */
const OPERATORS = "DynamicQuantize";

/**
 * Whether a text's scores depend on the other texts in its batch. They do in a dynamically quantised network, where the scale for
 * rounding depends on the values of all texts, and even on their padding.
 */
export async function dependsOnBatch(onnxFile: string): Promise<boolean> {
  let end: Uint8Array = new Uint8Array();
  for await (const chunk of chunks(onnxFile)) {
    // The name may span two chunks.
    if (chunk.includes(OPERATORS) || Buffer.concat([end, chunk.subarray(0, OPERATORS.length)]).includes(OPERATORS))
      return true;
    end = Buffer.from(chunk.subarray(-OPERATORS.length));
  }
  return false;
}
