#!/usr/bin/env bash
# tools/soak.sh [MINUTES]: load on a server of its own for an hour, or as long as told, and a look at its memory: flat,
# and every answer whole. The last lines have the figures. PEOPLE=16 at once, who read on after PAUSE=0 ms. BINARY=FILE: this
# server, and nothing is built.
. "$(dirname "$0")/lib.sh"
[ -n "${TECHALLY_SERVICES:-}" ] || { tools/setup.sh; exec tools/with-test-services.sh "$0" "$@"; }
if [ -z "${BINARY:-}" ]; then
  claim_target
  # shellcheck disable=SC2086
  step build cargo build -q $locked --profile serve --bin techally
fi
export METRICS_TOKEN=soak
serve_small_shop target/test/soak.log
SERVER_PID=$server MINUTES=${1:-60} node tools/soak.mjs
