import { pieces } from "./chunks.ts";

/**
 * The operators that round all of a tensor with one scale, taken from its largest and smallest value:
 * `DynamicQuantizeLinear` (https://onnx.ai/onnx/operators/onnx__DynamicQuantizeLinear.html) and ONNX Runtime's
 * `DynamicQuantizeMatMul` and `DynamicQuantizeLSTM`. An ONNX file has the names of its operators as plain text.
 */
const OPERATORS = "DynamicQuantize";

/**
 * Whether a network's scores depend on what shares the batch: in a dynamically quantised one a text's values are rounded with
 * a scale that its batch-mates, or even their padding, have a part in.
 */
export async function dependsOnBatch(onnxFile: string): Promise<boolean> {
  let end: Uint8Array = new Uint8Array();
  for await (const piece of pieces(onnxFile)) {
    // The name may begin in one piece and go on in the next.
    if (piece.includes(OPERATORS) || Buffer.concat([end, piece.subarray(0, OPERATORS.length)]).includes(OPERATORS)) {
      return true;
    }
    end = Buffer.from(piece.subarray(-OPERATORS.length));
  }
  return false;
}
