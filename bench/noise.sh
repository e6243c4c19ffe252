#!/usr/bin/env bash
# What measure --noise costs beside measuring alone, by the clock and by the processor's time, and the noise scale by all pairs and by two batches.
# Usage: bench/noise.sh [EXAMPLES [MODEL DATA]]   (200 examples of SmolLM2 on AQuA; the bar is 1.5)
set -euo pipefail
root="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)"
model="${2:-$root/../shared/models/SmolLM2-135M-Instruct.Q4_1.gguf}"
data="${3:-$root/../shared/datasets/cot_500/aqua_train_no_cot.json}"
exec dotnet run --project "$root/bench/LayerGrad.Bench" -c Release -- noise "$model" "$data" "${1:-200}"
