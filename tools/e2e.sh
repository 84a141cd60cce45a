#!/usr/bin/env bash
# tools/e2e.sh [arguments for Playwright]: the browser journeys in end2end/ against a server of their own: built as for
# `make run`, free port, migrated database with a small demo shop in the test services.
. "$(dirname "$0")/lib.sh"
[ -n "${TECHALLY_SERVICES:-}" ] || { tools/setup.sh test; exec tools/with-test-services.sh "$0" "$@"; }
step build tools/build.sh serve
# shellcheck disable=SC1091
. "$TECHALLY_SERVICES/services.env"
bin=$target/serve/techally port=$(free_port) log=target/test/server.log
mkdir -p target/test
export DATABASE_URL=$STAFF_URL REDIS_URL=$PRIVATE_REDIS_URL CHECKOUT_API_KEYS=e2e-checkout-key DEV_PAGES=yes RUST_LOG=${RUST_LOG:-info}
export LEPTOS_SITE_ADDR=127.0.0.1:$port PUBLIC_URL=http://127.0.0.1:$port
unset MIGRATION_DATABASE_URL
MIGRATION_DATABASE_URL=$SUPERUSER_URL step migrate "$bin" migrate
MIGRATION_DATABASE_URL=$SUPERUSER_URL step demo-data "$bin" demo-data --if-empty --orders 3000 --users 600 --products 300 --reviews 600

"$bin" serve > $log 2>&1 &
server=$!
trap 'kill $server 2>/dev/null; wait $server 2>/dev/null || true' EXIT
answers() {
  local i
  for ((i = 0; i < 300; i++)); do
    port_open 127.0.0.1 "$port" && return
    kill -0 $server 2>/dev/null || break
    sleep 0.1
  done
  tail -n 30 $log >&2
  return 1
}
step serve answers || die "the server did not start; its log: $log"

# The journeys find: BASE_URL, DATABASE_URL as the server has it, SUPERUSER_URL, CHECKOUT_API_KEYS, CHROMIUM.
export BASE_URL=$PUBLIC_URL SUPERUSER_URL CHROMIUM=${CHROMIUM:-/usr/bin/chromium} SERVER_LOG=$root/$log
npm test --silent --prefix end2end -- "$@"
