#!/usr/bin/env bash
# tools/soak.sh [MINUTES]: load on a server of its own for an hour, or as long as told, and a look at its memory: flat,
# and every answer whole. The last lines have the figures.
. "$(dirname "$0")/lib.sh"
[ -n "${TECHALLY_SERVICES:-}" ] || { tools/setup.sh; exec tools/with-test-services.sh "$0" "$@"; }
minutes=${1:-60}
claim_target
# shellcheck disable=SC2086
step build cargo build -q $locked --profile serve --bin techally
# shellcheck disable=SC1091
. "$TECHALLY_SERVICES/services.env"
bin=$target/serve/techally port=$(free_port) log=target/test/soak.log
mkdir -p target/test
export DATABASE_URL=$STAFF_URL REDIS_URL=$PRIVATE_REDIS_URL METRICS_TOKEN=soak
export LEPTOS_SITE_ADDR=127.0.0.1:$port PUBLIC_URL=http://127.0.0.1:$port
unset MIGRATION_DATABASE_URL
MIGRATION_DATABASE_URL=$SUPERUSER_URL step migrate "$bin" migrate
MIGRATION_DATABASE_URL=$SUPERUSER_URL step demo-data "$bin" demo-data --if-empty --orders 3000 --users 600 --products 300 --reviews 600
"$bin" serve > $log 2>&1 &
server=$!
trap 'kill $server 2>/dev/null; wait $server 2>/dev/null || true' EXIT
for ((i = 0; i < 300; i++)); do port_open 127.0.0.1 "$port" && break; sleep 0.1; done
SERVER_PID=$server BASE_URL=$PUBLIC_URL MINUTES=$minutes node tools/soak.mjs
