#!/usr/bin/env bash
# How long LayerGrad takes to start: the median of ten runs, in seconds, each beside the start of an empty .NET program in the same run of this script.
# Usage: bench/start.sh PROGRAM [MODEL DATA]   (PROGRAM: ./layergrad, or a release's artifacts/layergrad-*/layergrad)
set -euo pipefail
root="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)"
program="${1:?usage: bench/start.sh PROGRAM [MODEL DATA]}"
model="${2:-$root/../shared/models/SmolLM2-135M-Instruct.Q4_1.gguf}"
data="${3:-$root/../shared/datasets/cot_500/aqua_train_no_cot.json}"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
printf '<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework></PropertyGroup></Project>' >"$work/empty.csproj"
echo 'return 0;' >"$work/Program.cs"
dotnet build "$work/empty.csproj" -c Release -v quiet -nologo -o "$work/empty"
empty() { dotnet "$work/empty/empty.dll"; }
help() { "$program" --help; }
measure() { rm -f "$work"/run.*; "$program" measure --limit 1 --model "$model" --data "$data" --out "$work/run.jsonl"; }
TIMEFORMAT='%R %U %S'
# The clock, and the processor's time in all threads: on a busy machine the second says more.
seconds() { { time "$1" >/dev/null 2>&1; } 2>&1 | awk '{ print $1, $2 + $3 }'; }
help >/dev/null 2>&1 # builds on first use
measure >/dev/null 2>&1 # and brings the model into the system's cache
for i in 1 2 3 4 5 6 7 8 9 10; do
    for what in empty help measure; do seconds "$what" >>"$work/$what.times"; done
done
median() { awk -v column="$2" '{ print $column }' "$work/$1.times" | sort -n | sed -n '5,6p' | awk '{ sum += $1 } END { printf "%.3f", sum / 2 }'; }
echo "load average $(cut -d' ' -f1 /proc/loadavg), $(nproc) processors; medians of ten: clock, processor, clock as a multiple of the empty program's"
for what in empty help measure; do
    case "$what" in empty) name="an empty .NET program" ;; help) name="--help" ;; *) name="measure --limit 1" ;; esac
    printf '%-24s %8s s %8s s %6.1f\n' "$name" "$(median "$what" 1)" "$(median "$what" 2)" "$(awk "BEGIN { print $(median "$what" 1) / $(median empty 1) }")"
done
