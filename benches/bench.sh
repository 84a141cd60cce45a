#!/usr/bin/env bash
# benches/bench.sh [ORDERS]: what pages cost under load. A fresh database `bench` of the private cluster with that many
# orders (100,000 unless told), the release build on a free port; for each page wrk, and beside it pgbench with the very
# statements of the page; memory, start, and clicks in Chromium. The report goes to stdout and into benches/results/.
#   DURATION=10 CONNECTIONS=16   seconds and connections of each run; WARMUP=2 seconds before it
#   DB=NAME                      this database of the private cluster, as it is and for keeps (migrated if need be)
#   KEEP=1                       the database `bench` stays afterwards
#   BINARY=FILE                  this server, and nothing is built: target/site goes with it
#   CASES=REGEXP CLICKS=30       these cases only; so many clicks of a kind, 0 for none
#   REPORT=FILE                  the report goes there instead
. "$(dirname "$0")/../tools/lib.sh"
orders=${1:-100000} database=${DB:-bench}
[[ $orders =~ ^[1-9][0-9]*$ ]] || die "usage: benches/bench.sh [ORDERS]"
[[ $database =~ ^[a-z_][a-z0-9_]*$ ]] || die "a database's name has small letters, digits and _ only, not $database"
work=$root/target/bench child='' is_ours=''

# In the background, so that a signal ends this script at once, and then the child.
run() { "$@" & child=$!; local status=0; wait $child || status=$?; child=''; return $status; }

server=$work/server.pid   # written by bench.mjs, which ends its servers itself unless it is killed
cleanup() {
  trap '' INT TERM
  if [ -n "$child" ]; then
    kill "$child" 2>/dev/null || true
    wait "$child" 2>/dev/null || true
  fi
  if [ -s "$server" ] && [ "$(readlink -f "/proc/$(<"$server")/exe")" = "$work/techally" ]; then kill "$(<"$server")"; fi
  rm -f "$server"
  [ -n "${SUPERUSER_URL:-}" ] || return 0
  sql -c "ALTER ROLE techally_staff IN DATABASE \"$database\" RESET log_statement" 2>/dev/null || true
  if [ -n "$is_ours" ] && [ -z "${KEEP:-}" ]; then sql -c "DROP DATABASE IF EXISTS \"$database\" WITH (FORCE)"; fi
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if [ -z "${BINARY:-}" ]; then
  tools/setup.sh test
  step build run tools/build.sh release
  BINARY=$target/release/techally
fi
[ -x "$BINARY" ] || die "$BINARY is no program"
[ -e target/site/pkg.dir ] || die "the browser's files are missing: tools/build.sh release web"
if ! command -v wrk >/dev/null; then
  # shellcheck disable=SC1091
  if [ "$(id -u)" != 0 ] || [ "$(. /etc/os-release && echo "$ID")" != debian ]; then die "wrk is missing. On Debian, as root: apt-get install wrk"; fi
  step packages bash tools/apt.sh wrk
fi
tools/services.sh start
own_key
# shellcheck disable=SC1091
. .local/services.env
bin=$(pg_bindir)
export PGHOST=$PG_SOCKETS PGPORT=$PG_PORT PGUSER=postgres PGPASSWORD=$PG_PASSWORD
sql() { PGDATABASE=postgres "$bin/psql" -XqAt -v ON_ERROR_STOP=1 "$@"; }
of() { echo "${1/\/techally\?/\/$database?}"; }

# copies: another build must not change what is being measured
rm -rf "$work" && mkdir -p "$work"
cp "$BINARY" "$work/techally" && cp -r target/site "$work/site"
export LEPTOS_SITE_ROOT=$work/site SERVER=$work/techally
export DATABASE_URL REDIS_URL=$PRIVATE_REDIS_URL
DATABASE_URL=$(of "$STAFF_URL")
unset MIGRATION_DATABASE_URL
if [ -z "${DB:-}" ]; then
  is_ours=yes
  sql -c "DROP DATABASE IF EXISTS \"$database\" WITH (FORCE)" -c "CREATE DATABASE \"$database\"" 2>/dev/null
fi
export PGDATABASE=$database
MIGRATION_DATABASE_URL=$(of "$SUPERUSER_URL") step migrate run "$SERVER" migrate
if [ -n "$is_ours" ]; then
  # the shares of customers, products and reviews are those of the design's 10 million orders
  MIGRATION_DATABASE_URL=$(of "$SUPERUSER_URL") step demo-data run "$SERVER" demo-data --orders "$orders" \
    --users $((orders / 10 + 100)) --products $((orders / 10 + 100)) --reviews $((orders / 5 + 100)) > "$work/load.txt"
  # as autovacuum would have done by the time people come
  step vacuum run "$bin/vacuumdb" --analyze --quiet "$database"
fi

export BINARY WORK=$work STAFF_PASSWORD PG_BIN=$bin CHROMIUM=${CHROMIUM:-/usr/bin/chromium}
export DURATION=${DURATION:-10} CONNECTIONS=${CONNECTIONS:-16} WARMUP=${WARMUP:-2} CLICKS=${CLICKS:-30} CASES=${CASES:-}
step bench run node benches/bench.mjs > "$work/report.md"
report=${REPORT:-benches/results/$(date -u +%F)-bench-$(<"$work/orders").md}
cp "$work/report.md" "$report"
cat "$report"
say "The report: $report. The statements, as pgbench ran them: $work/*.sql"
