"""Writes the small files of torch.save that TorchFileTests reads (python3-torch; run in this folder)."""
import collections
import torch

ramp = torch.arange(24, dtype=torch.float64) * 0.5 - 3
shared = ramp.float().reshape(4, 6)
state = collections.OrderedDict()
state["f64"] = ramp.reshape(2, 3, 4)
state["f32"] = shared
state["tied"] = shared
state["rows"] = shared[1:3]
state["f16"] = ramp.half().reshape(6, 4)
state["bf16"] = ramp.bfloat16()
state["ids"] = torch.arange(5)
state["mask"] = torch.ones(1, 1, 2, 2, dtype=torch.bool)
state["scalar"] = torch.tensor(2.5)
state["empty"] = torch.zeros(0, 3)
state["parameter"] = torch.nn.Parameter(torch.arange(6, dtype=torch.float32).reshape(2, 3))
state._metadata = collections.OrderedDict([("", {"version": 1})])
torch.save(state, "zip.bin")
torch.save(state, "legacy.bin", _use_new_zipfile_serialization=False)
torch.save(dict(state), "protocol4.bin", pickle_protocol=4)
torch.save({"w": torch.arange(6.0).reshape(2, 3).T}, "strided.bin")
torch.save({"state_dict": {"w": torch.ones(2)}}, "nested.bin")
torch.save(torch.nn.Linear(2, 2), "module.bin")
torch.save({"w": torch.ones(2, 2).to_sparse()}, "sparse.bin")
