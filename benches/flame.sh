#!/usr/bin/env bash
# benches/flame.sh [PATH]: where the server's time goes while 16 clients ask for a page (/orders unless told): a flame graph and
# the shares of what it does, into benches/results/. Wants perf (Debian: linux-perf), wrk and inferno (cargo install inferno).
#   DB=bench      this database of the private cluster: KEEP=1 make bench leaves one
#   BINARY=FILE   this server instead of a release build; it must have frame pointers:
#                 CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS='--cfg erase_components -C force-frame-pointers=yes'
. "$(dirname "$0")/../tools/lib.sh"
path=${1:-/orders} database=${DB:-bench}
[[ $path == /* && $database =~ ^[a-z_][a-z0-9_]*$ ]] || die "usage: benches/flame.sh [PATH]"
for tool in perf wrk inferno-collapse-perf inferno-flamegraph; do
  command -v $tool >/dev/null || die "$tool is missing; this file says where it comes from"
done
work=$root/target/flame
rm -rf "$work" && mkdir -p "$work"
if [ -z "${BINARY:-}" ]; then
  export CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS='--cfg erase_components -C force-frame-pointers=yes'
  # shellcheck disable=SC2086
  step build cargo build -q $locked --release --bin techally
  BINARY=$target/release/techally
fi
tools/services.sh start
own_key
# shellcheck disable=SC1091
. .local/services.env
port=$(free_port) base=http://127.0.0.1:$port
export LEPTOS_SITE_ROOT=$root/target/site LEPTOS_SITE_ADDR=127.0.0.1:$port PUBLIC_URL=$base
export DATABASE_URL=${STAFF_URL/\/techally\?/\/$database?} REDIS_URL=$PRIVATE_REDIS_URL
unset MIGRATION_DATABASE_URL
start_server "$BINARY" "$work/server.log" "$port"

cookies=$work/cookies
curl -sf -o /dev/null -c "$cookies" -H "origin: $base" --data-urlencode email=admin@techally.test --data-urlencode password=techally-demo "$base/login" ||
  die "admin@techally.test can't sign in to the demo shop in $database"
echo "$path" > "$work/paths"
WRK_COOKIE=$(awk '$6 { print $6 "=" $7 }' "$cookies" | paste -sd';')
export WRK_COOKIE WRK_PATHS=$work/paths WRK_ENCODING=gzip
wrk -t1 -c16 -d13s -s benches/wrk.lua "$base" > "$work/wrk.txt" & load=$!
sleep 2   # what is planned, read and remembered once has been by now
perf record -q -o "$work/perf.data" -F 999 -e cpu-clock -g -p $server -- sleep 8 > /dev/null
wait $load
grep -q '"refused":0' "$work/wrk.txt" || die "not every answer was one: $(tail -n 1 "$work/wrk.txt")"
name=benches/results/$(date -u +%F)-flame-$(tr -c 'a-z0-9\n' - <<< "${path#/}" | sed 's/^$/start/')
perf script -i "$work/perf.data" 2>/dev/null | inferno-collapse-perf > "$work/whole.folded" 2>/dev/null
node benches/flame.mjs "$path" < "$work/whole.folded" 3> "$work/thin.folded" > "$name.md"
inferno-flamegraph --title "GET $path" --minwidth 0.4 --hash < "$work/thin.folded" > "$name.svg"
cat "$name.md"
say "The graph: $name.svg"
