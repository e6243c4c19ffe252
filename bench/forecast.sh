#!/usr/bin/env bash
# Holds what 'measure' says of its time before it begins against what it then takes: a line a run, with the ratio.
# Usage: bench/forecast.sh PROGRAM [MODEL DATA LIMIT]...   (the demonstration model on all its data without further arguments)
set -euo pipefail
program="$1"; shift
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
if [ "$#" -eq 0 ]; then
    for name in none simplified detailed; do set -- "$@" "$root/demo/model" "$root/demo/data/heldout_$name.json" 32; done
fi
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
number=0
printf '%-44s %8s  %-36s %8s %6s\n' "data" "examples" "said before" "took" "ratio"
while [ "$#" -ge 3 ]; do
    number=$((number + 1))
    "$program" measure --model "$1" --data "$2" --limit "$3" --out "$folder/$number.jsonl" 2>"$folder/log"
    said="$(sed -n 's/.*, in about \(.*)\)$/\1/p' "$folder/log" | head -1)"
    # 'measured 32 examples in 0:06 (4.91 examples/s': the speed has more digits than the clock.
    took="$(sed -n 's/^measured \([0-9,]*\) examples\{0,1\} in [0-9:]* (\([0-9.,]*\) examples.*/\1 \2/p' "$folder/log" | tr -d , | awk '{ printf "%.2f", $1 / $2 }')"
    seconds="$(awk '{ sub(/ .*/, "", $0); n = split($0, part, ":"); s = 0; for (i = 1; i <= n; i++) s = 60 * s + part[i]; print s }' <<<"$said")"
    printf '%-44s %8s  %-36s %7ss %6s\n' "$(basename "$2")" "$3" "$said" "$took" "$(awk -v t="$took" -v s="$seconds" 'BEGIN { printf "%.2f", (s > 0 ? t / s : 0) }')"
    shift 3
done
