"""Removes neurons or layers from a network to make it faster. Further training recovers the accuracy: see `--neurons` and `--layers` of `student.py`."""

import copy
from typing import NamedTuple

import numpy as np
import torch
from transformers import BertForSequenceClassification


def keep_layers(model, layers: list[int]) -> None:
    """Leaves only these layers, counted from 0, in the network."""
    model.bert.encoder.layer = torch.nn.ModuleList([model.bert.encoder.layer[n] for n in layers])
    model.config.num_hidden_layers = len(layers)


class Inputs(NamedTuple):
    """The inputs of a linear layer."""

    sample: np.ndarray  # [tokens, inputs]
    products: np.ndarray  # [inputs + 1, inputs + 1]: the sum of x xᵀ over all tokens, with a one appended to each x


def observed(model, rows: list[list[int]], tokens: int = 48, sample: int = 5) -> dict[str, Inputs]:
    """The inputs of each linear layer, by name, for the first token and some other tokens of each row."""
    rng, samples, products = np.random.default_rng(0), {}, {}

    def watch(name: str):
        def hook(_, inputs: tuple[torch.Tensor, ...]) -> None:
            [x] = inputs[0]
            x = x[np.r_[0, 1 + rng.permutation(len(x) - 1)[: tokens - 1]]]
            samples.setdefault(name, []).append(x[:sample].numpy())
            x = torch.cat([x, torch.ones(len(x), 1)], 1)
            products[name] = products.get(name, 0) + (x.T @ x).numpy().astype(np.float64)

        return hook

    # Keys and values have the same inputs as queries.
    layers = {name: part for name, part in model.named_modules() if name.endswith(("query", "output.dense", "intermediate.dense"))}
    hooks = [part.register_forward_pre_hook(watch(name)) for name, part in layers.items()]
    with torch.no_grad():
        for row in rows:
            model(torch.tensor([row]))
    for hook in hooks:
        hook.remove()
    return {name: Inputs(np.concatenate(samples[name]), products[name]) for name in layers}


def damped(products: np.ndarray) -> np.ndarray:
    return products + np.eye(len(products)) * 0.01 * np.diag(products).mean()


def without_neurons(model: BertForSequenceClassification, rows: list[list[int]], left: int) -> BertForSequenceClassification:
    """The model with `left` neurons in each layer. Neurons are removed one by one: each time the one whose removal changes the layer's
    output least after the other weights have been adjusted (Hassibi and Stork 1993, "Optimal Brain Surgeon", for whole rows). `rows` are the token
    ids of typical texts."""
    inputs, weights = observed(model.eval(), rows), {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    for layer in range(model.config.num_hidden_layers):
        inner, outer = (f"bert.encoder.layer.{layer}.{n}.dense" for n in ("intermediate", "output"))
        weight = np.r_[weights[f"{outer}.weight"].T, weights[f"{outer}.bias"][None]].astype(np.float64)
        inverse = np.linalg.inv(damped(inputs[outer].products))
        alive = np.arange(len(weight) - 1)
        while len(alive) > left:
            cost = (weight[alive] ** 2).sum(1) / np.diag(inverse)[alive]
            gone = alive[cost.argmin()]
            column = inverse[:, gone] / inverse[gone, gone]
            weight -= np.outer(column, weight[gone])
            inverse -= np.outer(column, inverse[gone])
            alive = alive[alive != gone]
        weights[f"{outer}.weight"], weights[f"{outer}.bias"] = weight[alive].T.astype(np.float32), weight[-1].astype(np.float32)
        for part in ("weight", "bias"):
            weights[f"{inner}.{part}"] = weights[f"{inner}.{part}"][alive]
    config = copy.deepcopy(model.config)
    config.intermediate_size = left
    narrow = type(model)(config)
    narrow.load_state_dict({name: torch.tensor(array) for name, array in weights.items()})
    return narrow
