#!/usr/bin/env bash
# benches/load.sh [DATABASE [ORDERS USERS PRODUCTS REVIEWS]]: a fresh database of the private cluster, migrated and
# filled; prints what the loader says and the time. Build first: tools/build.sh serve.
. "$(dirname "$0")/../tools/lib.sh"
database=${1:-scale}
orders=${2:-10000000} users=${3:-1000000} products=${4:-1000000} reviews=${5:-2000000}
case $database in techally | postgres) die "choose another name than $database" ;; esac
tools/services.sh start
# shellcheck disable=SC1091
. .local/services.env
sql() { "$(pg_bindir)/psql" "${SUPERUSER_URL/\/techally\?/\/postgres?}" -XqAt -v ON_ERROR_STOP=1 "$@"; }
restart() { tools/services.sh stop && tools/services.sh start; }
back() { sql -c 'ALTER SYSTEM RESET wal_level' -c 'ALTER SYSTEM RESET max_wal_senders'; restart; }
trap back EXIT
sql -c 'ALTER SYSTEM SET wal_level = minimal' -c 'ALTER SYSTEM SET max_wal_senders = 0'
restart
sql -c "DROP DATABASE IF EXISTS \"$database\"" -c "CREATE DATABASE \"$database\""
url=${SUPERUSER_URL/\/techally\?/\/$database?}
export DATABASE_URL=$url MIGRATION_DATABASE_URL=$url
step migrate "$target/serve/techally" migrate
step load nice -n 10 "$target/serve/techally" demo-data --orders "$orders" --users "$users" --products "$products" --reviews "$reviews"
