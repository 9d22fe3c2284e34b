#!/usr/bin/env bash
# Makes .venv with moto's server, the independent AWS that the integration tests talk to. Does nothing when it is there.
set -euo pipefail
cd "$(dirname "$0")/.."
version=5.2.5
if [ -x .venv/bin/moto_server ] && .venv/bin/python -c "import moto,sys; sys.exit(moto.__version__ != '$version')"; then
  exit 0
fi
python3 -m venv .venv
.venv/bin/pip install --quiet --disable-pip-version-check "moto[server]==$version"
