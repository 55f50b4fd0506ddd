/**
 * onnxruntime-node as `@xenova/transformers` 2.17 expects it: made for version 1.14, it copies a tensor's own fields, and since 1.17
 * `data` and `location` are none. Nothing else is changed.
 */
import * as ort from "onnxruntime-node";

function withOwnFields(tensor: ort.Tensor): ort.Tensor {
  const { data, location } = tensor;
  return Object.defineProperties(tensor, {
    data: { value: data, enumerable: true },
    location: { value: location, enumerable: true },
  });
}

export const Tensor = new Proxy(ort.Tensor, {
  construct: (target, values) => withOwnFields(Reflect.construct(target, values)),
});

export const InferenceSession = {
  async create(model: Uint8Array) {
    const session = await ort.InferenceSession.create(model, { executionProviders: ["cpu"] });
    return {
      inputNames: session.inputNames,
      outputNames: session.outputNames,
      async run(feeds: ort.InferenceSession.FeedsType) {
        const outputs = await session.run(feeds);
        for (const tensor of Object.values(outputs)) withOwnFields(tensor);
        return outputs;
      },
    };
  },
};

export const { env } = ort;
