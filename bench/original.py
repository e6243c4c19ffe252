#!/usr/bin/env python3
"""What the original script of Layer_Gradient does with an example, on any device of torch, for bench/gpu: a causal language model of
transformers in float32, one example at a time, loss.backward() over all parameters, then a full SVD of the gradient of each q, k, v and o.

Weights are transformers' own random ones. One and two layers are timed, and the time of a layer is taken as often as the model has layers.
Prints one line of JSON.
"""
import argparse
import json
import time

import torch
import transformers

PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj")
REPEATS = 2


def synchronize(device):
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def example(model, ids, labels):
    model.zero_grad()
    model(input_ids=ids, labels=labels).loss.backward()
    found = []
    for layer in model.model.layers:
        for name in PROJECTIONS:
            gradient = getattr(layer.self_attn, name).weight.grad
            _, values, _ = torch.linalg.svd(gradient)  # with all vectors, as the original calls it
            found.append([values.sum().item(), values.max().item(), values.min().item(), gradient.norm().item(),
                          gradient.mean().item(), gradient.max().item(), gradient.min().item()])
    return found


def seconds(config, layers, tokens, device):
    config = transformers.AutoConfig.for_model(**{**config, "num_hidden_layers": layers})
    torch.manual_seed(0)
    model = transformers.AutoModelForCausalLM.from_config(config).float().to(device)
    ids = torch.randint(0, config.vocab_size, (1, tokens), device=device)
    labels = ids.clone()
    labels[:, :tokens // 2] = -100
    example(model, ids, labels)
    best = float("inf")
    for _ in range(REPEATS):
        synchronize(device)
        start = time.perf_counter()
        example(model, ids, labels)
        synchronize(device)
        best = min(best, time.perf_counter() - start)
    return best


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", required=True)
    parser.add_argument("--depth", type=int, required=True)
    parser.add_argument("--tokens", type=int, required=True)
    parser.add_argument("--device", default="cuda:0")
    arguments = parser.parse_args()
    device = torch.device(arguments.device)
    torch.backends.cuda.matmul.allow_tf32 = False
    config = json.loads(arguments.config)
    one = seconds(config, 1, arguments.tokens, device)
    two = seconds(config, 2, arguments.tokens, device)
    print(json.dumps({
        "what": "original", "torch": torch.__version__, "transformers": transformers.__version__, "precision": "fp32", "tokens": arguments.tokens,
        "seconds_of_one_layer_model": one, "seconds_of_two_layer_model": two, "depth": arguments.depth,
        "seconds_an_example": one + (arguments.depth - 1) * (two - one)}))


if __name__ == "__main__":
    main()
