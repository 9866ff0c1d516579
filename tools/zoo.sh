#!/usr/bin/env bash
# Exports torchvision's classifiers, and trained ones whose packages are there (tests/zoo/export.py names them), imports them,
# and compares what they compute with onnxruntime and PyTorch: a table.
# Takes a Python with torch, torchvision, onnx, onnxruntime and onnxscript: PYTHON names it. What is exported stays in target/zoo.
set -euo pipefail
. "$(dirname "$0")/common.sh"

python=${PYTHON:-python3}
if ! "$python" -c 'import torch, torchvision, onnx, onnxruntime, onnxscript, safetensors' 2>/dev/null; then
  say "a Python is needed with: pip install torch torchvision onnx onnxruntime onnxscript safetensors; PYTHON=… names it"
  exit 1
fi
if [[ ! -f target/zoo/convnext_tiny.safetensors ]]; then
  PYTHONDONTWRITEBYTECODE=1 "$python" tests/zoo/export.py target/zoo >&2
fi
DGN_ZOO=$PWD/target/zoo cargo test --release --locked --test import zoo -- --ignored --nocapture
