#!/usr/bin/env python3
"""The PyTorch baselines of bench/headline: a Llama-style decoder with the weights that LayerGrad.Bench makes.

loop     what the original script does: one example at a time, logits and loss over all positions, the gradients of q, k, v
         and o as matrices, a full SVD of each
factors  what LayerGrad does: a batch of examples, no weight gradients, spectra from the factors' inner products in float64

Prints one line of JSON. Nothing but torch and numpy is needed (Debian: python3-torch).
"""
import argparse
import json
import time

import numpy
import torch

PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj")
SCALE = numpy.float32(0.02 * 3 ** 0.5 / 2 ** 31)


def hashed(index):
    """32 pseudo-random bits for each 32-bit index (the finalizer of MurmurHash3); SyntheticWeights.cs has the same."""
    x = index ^ (index >> numpy.uint32(16))
    x = x * numpy.uint32(0x85EBCA6B)
    x ^= x >> numpy.uint32(13)
    x = x * numpy.uint32(0xC2B2AE35)
    return x ^ (x >> numpy.uint32(16))


def seed(name):
    """FNV-1a."""
    value = 2166136261
    for byte in name.encode():
        value = (value ^ byte) * 16777619 & 0xFFFFFFFF
    return value


def parameter(name, *shape):
    values = torch.empty(shape)
    flat = values.view(-1).numpy()
    key = numpy.uint32(seed(name))
    for start in range(0, flat.size, 1 << 20):
        index = numpy.arange(start, min(start + (1 << 20), flat.size), dtype=numpy.uint32)
        part = hashed(index * numpy.uint32(0x9E3779B9) + key).view(numpy.int32).astype(numpy.float32) * SCALE
        flat[start:start + part.size] = part + numpy.float32(1) if "norm" in name else part
    return values


class Decoder:
    def __init__(self, config):
        self.config = config
        self.hidden = config["hidden_size"]
        self.heads = config["num_attention_heads"]
        self.key_value_heads = config["num_key_value_heads"]
        self.size = self.hidden // self.heads
        self.layers = config["num_hidden_layers"]
        outputs = {"q_proj": self.hidden, "k_proj": self.key_value_heads * self.size, "v_proj": self.key_value_heads * self.size, "o_proj": self.hidden}
        vocabulary, middle = config["vocab_size"], config["intermediate_size"]
        self.weights = {"model.embed_tokens.weight": parameter("model.embed_tokens.weight", vocabulary, self.hidden),
                        "model.norm.weight": parameter("model.norm.weight", self.hidden)}
        for layer in range(self.layers):
            prefix = f"model.layers.{layer}."
            for name, rows in outputs.items():
                self.make(f"{prefix}self_attn.{name}.weight", rows, self.hidden)
                if config["model_type"] == "qwen2" and name != "o_proj":
                    self.make(f"{prefix}self_attn.{name}.bias", rows)
            self.make(prefix + "mlp.gate_proj.weight", middle, self.hidden)
            self.make(prefix + "mlp.up_proj.weight", middle, self.hidden)
            self.make(prefix + "mlp.down_proj.weight", self.hidden, middle)
            self.make(prefix + "input_layernorm.weight", self.hidden)
            self.make(prefix + "post_attention_layernorm.weight", self.hidden)
        if not config["tie_word_embeddings"]:
            self.make("lm_head.weight", vocabulary, self.hidden)
        self.head = self.weights.get("lm_head.weight", self.weights["model.embed_tokens.weight"])
        self.records = None

    def make(self, name, *shape):
        self.weights[name] = parameter(name, *shape)

    def measured(self):
        return [f"model.layers.{layer}.self_attn.{name}.weight" for layer in range(self.layers) for name in PROJECTIONS]

    def linear(self, x, name):
        y = torch.nn.functional.linear(x, self.weights[name + ".weight"], self.weights.get(name + ".bias"))
        if self.records is not None and ".self_attn." in name:
            self.records[name + ".weight"] = (x, y)
        return y

    def norm(self, x, name):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.config["rms_norm_eps"]) * self.weights[name + ".weight"]

    def rotate(self, x, cosine, sine):
        left, right = x.chunk(2, dim=-1)
        return x * cosine + torch.cat((-right, left), dim=-1) * sine

    def attention(self, x, prefix, cosine, sine, mask):
        batch, tokens, _ = x.shape
        q, k, v = (self.linear(x, prefix + name).view(batch, tokens, -1, self.size).transpose(1, 2) for name in PROJECTIONS[:3])
        q, k = self.rotate(q, cosine, sine), self.rotate(k, cosine, sine)
        groups = self.heads // self.key_value_heads
        k, v = k.repeat_interleave(groups, dim=1), v.repeat_interleave(groups, dim=1)
        scores = torch.matmul(q, k.transpose(2, 3)) / self.size ** 0.5 + mask
        y = torch.matmul(torch.softmax(scores, dim=-1), v)
        return self.linear(y.transpose(1, 2).reshape(batch, tokens, -1), prefix + "o_proj")

    def losses(self, ids, response, head_everywhere):
        """The mean cross-entropy of each example's last `response` tokens."""
        batch, tokens = ids.shape
        x = self.weights["model.embed_tokens.weight"][ids]
        if self.records is not None:
            x.requires_grad_()
        angles = torch.outer(torch.arange(tokens).double(), 1 / self.config["rope_theta"] ** (torch.arange(0, self.size, 2).double() / self.size)).repeat(1, 2)
        cosine, sine = angles.cos().float(), angles.sin().float()
        mask = torch.full((tokens, tokens), float("-inf")).triu(1)
        for layer in range(self.layers):
            prefix = f"model.layers.{layer}."
            x = x + self.attention(self.norm(x, prefix + "input_layernorm"), prefix + "self_attn.", cosine, sine, mask)
            h = self.norm(x, prefix + "post_attention_layernorm")
            x = x + self.linear(torch.nn.functional.silu(self.linear(h, prefix + "mlp.gate_proj")) * self.linear(h, prefix + "mlp.up_proj"), prefix + "mlp.down_proj")
        x = self.norm(x, "model.norm")
        if head_everywhere:
            labels = torch.nn.functional.pad(ids, (0, 1), value=-100)[:, 1:].clone()
            labels[:, :-response - 1] = -100
            logits = torch.nn.functional.linear(x, self.head).view(batch * tokens, -1)
            return torch.nn.functional.cross_entropy(logits, labels.reshape(-1), ignore_index=-100).view(1)
        logits = torch.nn.functional.linear(x[:, -response - 1:-1], self.head)
        labels = ids[:, -response:]
        return torch.nn.functional.cross_entropy(logits.transpose(1, 2), labels, reduction="none").mean(1)


def statistics(singular_values, norm, largest, smallest, mean):
    return {"S_sum": float(singular_values.sum()), "S_max": float(singular_values.max()), "frobenius_norm": float(norm),
            "M_max": float(largest), "M_min": float(smallest), "M_mean": float(mean)}


def loop(decoder, batch, response):
    results = []
    weights = [decoder.weights[name] for name in decoder.measured()]
    for weight in weights:
        weight.requires_grad_()
    for ids in batch:
        loss = decoder.losses(ids[None], response, head_everywhere=True)[0]
        gradients = torch.autograd.grad(loss, weights)
        found = {}
        for name, gradient in zip(decoder.measured(), gradients):
            _, values, _ = torch.linalg.svd(gradient)  # with all vectors, as the original calls it
            found[name] = statistics(values, gradient.norm(), gradient.max(), gradient.min(), gradient.mean())
        results.append((float(loss), found))
    return results


def spectrum(delta, x, root):
    """Singular values of delta^T x, by the smallest of the matrices whose eigenvalues are their squares."""
    if x.shape[0] > x.shape[1]:
        gradient = (delta.T @ x).double()
        smaller = gradient @ gradient.T if gradient.shape[0] <= gradient.shape[1] else gradient.T @ gradient
    elif delta.shape[1] < delta.shape[0]:
        projected = root.T @ delta.double()
        smaller = projected.T @ projected
    else:
        delta = delta.double()
        smaller = root.T @ (delta @ delta.T) @ root
    return torch.linalg.eigvalsh(smaller).clamp(min=0).sqrt()


def root_of(x):
    if x.shape[0] > x.shape[1]:
        return None
    gram = x.double() @ x.double().T
    root, failed = torch.linalg.cholesky_ex(gram)
    if int(failed) == 0:
        return root
    values, vectors = torch.linalg.eigh(gram)  # repeated tokens
    return vectors * values.clamp(min=0).sqrt()


def factors(decoder, batch, response):
    decoder.records = {}
    losses = decoder.losses(batch, response, head_everywhere=False)
    names = decoder.measured()
    deltas = torch.autograd.grad(losses.sum(), [decoder.records[name][1] for name in names])
    results = [(float(loss), {}) for loss in losses]
    with torch.no_grad():
        roots = [None] * len(batch)
        for name, delta in zip(names, deltas):
            x = decoder.records[name][0].detach()
            fresh = not name.endswith(("k_proj.weight", "v_proj.weight"))
            for i in range(len(batch)):
                if fresh:
                    roots[i] = root_of(x[i])
                gradient = delta[i].T @ x[i]
                results[i][1][name] = statistics(
                    spectrum(delta[i], x[i], roots[i]), gradient.norm(), gradient.max(), gradient.min(), gradient.mean())
    decoder.records = None
    return results


def peak_kib():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("method", choices=("loop", "factors"))
    parser.add_argument("--config", required=True)
    parser.add_argument("--tokens", type=int, required=True)
    parser.add_argument("--response", type=int, required=True)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    config = json.loads(arguments.config)
    decoder = Decoder(config)
    count = arguments.batch * arguments.tokens
    ids = hashed(numpy.arange(count, dtype=numpy.uint32) * numpy.uint32(0x9E3779B9) + numpy.uint32(1)) % numpy.uint32(config["vocab_size"])
    batch = torch.from_numpy(ids.astype(numpy.int64)).view(arguments.batch, arguments.tokens)
    method = loop if arguments.method == "loop" else factors
    answer = {}
    if arguments.check:
        results = method(decoder, batch, arguments.response)
        answer["losses"] = [loss for loss, _ in results]
        answer["weights"] = results[-1][1]
    else:
        best, processor = float("inf"), float("inf")
        for _ in range(arguments.repeat):
            start, before = time.perf_counter(), time.process_time()
            results = method(decoder, batch, arguments.response)
            best, processor = min(best, time.perf_counter() - start), min(processor, time.process_time() - before)
        answer["losses"] = [loss for loss, _ in results]
        answer.update(seconds=best / arguments.batch, processor=processor / arguments.batch)
    answer["peak_bytes"] = peak_kib() * 1024
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
