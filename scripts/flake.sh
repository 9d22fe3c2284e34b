#!/usr/bin/env bash
# Evaluates flake.nix without a network, against a stub of nixpkgs. Proves the flake's own code, not that the names exist
# at the pinned revision: run `nix flake check` where there is a network.
set -euo pipefail
cd "$(dirname "$0")/.."
export NIX_CONFIG=$'experimental-features = nix-command flakes\nbuild-users-group =\nsandbox = false\nsubstituters =\nwarn-dirty = false'
options=(--override-input nixpkgs ./test/nix/nixpkgs-stub --no-write-lock-file)
nix flake check --no-build "${options[@]}"
for system in x86_64-linux aarch64-linux aarch64-darwin; do
  nix eval --raw ".#devShells.$system.default.drvPath" "${options[@]}"
  echo
done
