/** Writes ONNX files: as much of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto as test models need. */
import protobuf from "protobufjs";

const { root } = protobuf.parse(
  `
  syntax = "proto3";
  message Model { int64 ir_version = 1; string producer_name = 2; Graph graph = 7; repeated Opset opset_import = 8; }
  message Opset { string domain = 1; int64 version = 2; }
  message Graph {
    repeated Node node = 1; string name = 2; repeated Tensor initializer = 5; repeated Value input = 11; repeated Value output = 12;
  }
  message Node {
    repeated string input = 1; repeated string output = 2; string name = 3; string op_type = 4; repeated Attribute attribute = 5;
  }
  message Attribute { string name = 1; optional float f = 2; optional int64 i = 3; repeated int64 ints = 8; int32 type = 20; }
  message Tensor { repeated int64 dims = 1; int32 data_type = 2; string name = 8; bytes raw_data = 9; }
  message Value { string name = 1; Type type = 2; }
  message Type { TensorType tensor_type = 1; }
  message TensorType { int32 elem_type = 1; Shape shape = 2; }
  message Shape { repeated Dimension dim = 1; }
  message Dimension { int64 dim_value = 1; string dim_param = 2; }
`,
  { keepCase: true },
);

/** `TensorProto.DataType` */
const FLOAT = 1;
const UINT8 = 2;
const INT64 = 7;
export const FLOAT16 = 10;

/** `AttributeProto.AttributeType` */
const INT_ATTRIBUTE = 2;
const FLOAT_ATTRIBUTE = 1;
const INTS_ATTRIBUTE = 7;

type Dimension = number | string;

/** Collects the nodes and constants of a graph. */
export class Graph {
  readonly #nodes: object[] = [];
  readonly #initializers: object[] = [];

  constant(data: Float32Array | Uint8Array | BigInt64Array, dims: readonly number[]): string {
    const name = `constant_${this.#initializers.length}`;
    const data_type = data instanceof Float32Array ? FLOAT : data instanceof Uint8Array ? UINT8 : INT64;
    const raw_data = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.#initializers.push({ name, dims, data_type, raw_data });
    return name;
  }

  scalar(value: number): string {
    return this.constant(Float32Array.of(value), []);
  }

  /** Adds a node and returns the names of its outputs. */
  nodes(
    op: string,
    inputs: readonly string[],
    outputs: number,
    attributes: Record<string, number | number[]> = {},
  ): string[] {
    const name = `${op}_${this.#nodes.length}`;
    const output = Array.from({ length: outputs }, (_, i) => `${name}_output_${i}`);
    const attribute = Object.entries(attributes).map(([name, value]) =>
      Array.isArray(value)
        ? { name, ints: value, type: INTS_ATTRIBUTE }
        : Number.isInteger(value)
          ? { name, i: value, type: INT_ATTRIBUTE }
          : { name, f: value, type: FLOAT_ATTRIBUTE },
    );
    this.#nodes.push({ input: inputs, output, name, op_type: op, attribute });
    return output;
  }

  /** Adds a node with one output and returns its name. */
  node(op: string, inputs: readonly string[], attributes: Record<string, number | number[]> = {}): string {
    return this.nodes(op, inputs, 1, attributes)[0] as string;
  }

  /**
   * The bytes of a model.
   * @param inputs names and shapes of its int64 inputs
   * @param output name, shape and type of its output, whose values are `result`; the type is float by default
   */
  encode(
    inputs: Record<string, Dimension[]>,
    output: { name: string; shape: Dimension[]; type?: number },
    result: string,
  ): Uint8Array {
    this.#nodes.push({ input: [result], output: [output.name], name: output.name, op_type: "Identity", attribute: [] });
    const value = (name: string, elem_type: number, shape: Dimension[]): object => ({
      name,
      type: {
        tensor_type: {
          elem_type,
          shape: { dim: shape.map((one) => (typeof one === "number" ? { dim_value: one } : { dim_param: one })) },
        },
      },
    });
    return root
      .lookupType("Model")
      .encode({
        ir_version: 6,
        producer_name: "test",
        opset_import: [{ domain: "", version: 11 }],
        graph: {
          name: "test",
          node: this.#nodes,
          initializer: this.#initializers,
          input: Object.entries(inputs).map(([name, shape]) => value(name, INT64, shape)),
          output: [value(output.name, output.type ?? FLOAT, output.shape)],
        },
      })
      .finish();
  }
}
