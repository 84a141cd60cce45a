# shellcheck shell=bash
# Shared by the scripts in tools/: sourced first, sets the working directory to the clone.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$(pwd -P)
clone=$(sha256sum <<<"$root" | cut -c1-10)   # tells clones apart outside their folders
[ -d "$HOME/.cargo/bin" ] && PATH="$PATH:$HOME/.cargo/bin"
locked=${CI:+--locked}                       # CI builds what Cargo.lock says or fails

say() { printf '%s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# step NAME COMMAND…: runs it and says how long it took. A function given here must not rely on `set -e`, and sees
# our local names, hence the underscores.
step() {
  local _name=$1 _from=${EPOCHREALTIME/[.,]/} _status=0 _ms
  shift
  "$@" || _status=$?
  _ms=$(((${EPOCHREALTIME/[.,]/} - _from) / 1000))
  printf '%-14s %5d.%02d s%s\n' "$_name" $((_ms / 1000)) $((_ms % 1000 / 10)) "$([ $_status = 0 ] || echo '  FAILED')" >&2
  return $_status
}

# load_env [NAMES]: from .env, plain NAME=value lines; what the environment already has wins.
load_env() {
  local line name value only=${1:-.*}
  [ -f .env ] || return 0
  while IFS= read -r line || [ -n "$line" ]; do
    [[ $line =~ ^[[:space:]]*(export[[:space:]]+)?([A-Z][A-Z0-9_]*)=(.*)$ ]] || continue
    name=${BASH_REMATCH[2]} value=${BASH_REMATCH[3]%$'\r'}
    [[ $name =~ ^($only)$ ]] || continue
    [[ $value =~ ^\"(.*)\"$ || $value =~ ^\'(.*)\'$ ]] && value=${BASH_REMATCH[1]}
    [ -n "${!name+set}" ] || export "$name=$value"
  done < .env
}
load_env 'CARGO_TARGET_DIR|PG_BINDIR|CHROMIUM'   # tests must not depend on the rest of a person's .env
target=${CARGO_TARGET_DIR:-target}

port_open() { (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null; }

# Below the range that outgoing connections take (32768 and up), above what is usually taken.
free_port() {
  local port
  while port=$((20000 + RANDOM % 12000)); port_open 127.0.0.1 $port; do :; done
  echo $port
}

# An installed PostgreSQL server; 15, which all is tested with, before newer ones. PG_BINDIR overrides.
pg_bindir() {
  local dir
  for dir in ${PG_BINDIR:-} /usr/lib/postgresql/{15,16,17,18}/bin "$(dirname "$(command -v postgres || echo /nowhere/x)")"; do
    if [ -x "$dir/postgres" ] && [ -x "$dir/initdb" ]; then echo "$dir"; return; fi
  done
  return 1
}

# Cargo tells crates in one target folder apart by name, not by the clone they are in. So when a shared
# CARGO_TARGET_DIR was used by another clone last, our own crate's marks go and it is built again from this clone.
claim_target() {
  [ -n "${CARGO_TARGET_DIR:-}" ] || return 0
  mkdir -p "$target"
  [ "$(cat "$target/.techally-clone" 2>/dev/null)" = "$root" ] && return
  rm -rf "$target"/*/.fingerprint/techally-* "$target"/*/*/.fingerprint/techally-*
  echo "$root" > "$target/.techally-clone"
}

# What the server encrypts with when nothing else is set: a key of this clone's own, kept beside its database.
own_key() {
  local file=.local/encryption-key
  [ -z "${ENCRYPTION_KEYS:-}" ] || return 0
  mkdir -p .local
  [ -s $file ] || (umask 077; echo "own:$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')" > $file)
  ENCRYPTION_KEYS=$(cat $file)
  export ENCRYPTION_KEYS
}

# serve_small_shop LOG: a server of its own with a small demo shop in the test services, ended with the script. Sets
# `server` (its process) and `BASE_URL`, and DATABASE_URL as the server has it. BINARY=FILE: this server instead of the build's.
serve_small_shop() {
  local bin=${BINARY:-$target/serve/techally} log=$1 port
  port=$(free_port)
  mkdir -p "$(dirname "$log")"
  # shellcheck disable=SC1091
  . "$TECHALLY_SERVICES/services.env"
  export DATABASE_URL=$STAFF_URL REDIS_URL=$PRIVATE_REDIS_URL SUPERUSER_URL BASE_URL=http://127.0.0.1:$port
  export LEPTOS_SITE_ADDR=127.0.0.1:$port PUBLIC_URL=$BASE_URL STORAGE_DIR=$TECHALLY_SERVICES/files
  export ENCRYPTION_KEYS=test:0101010101010101010101010101010101010101010101010101010101010101
  unset MIGRATION_DATABASE_URL
  MIGRATION_DATABASE_URL=$SUPERUSER_URL step migrate "$bin" migrate
  MIGRATION_DATABASE_URL=$SUPERUSER_URL step demo-data "$bin" demo-data --if-empty --orders 3000 --users 600 --products 300 --reviews 600
  start_server "$bin" "$log" "$port"
}

# start_server BINARY LOG PORT: a server with the settings of the environment, ended with the script. Sets `server`, its process.
start_server() {
  local bin=$1 log=$2 port=$3 i
  "$bin" serve > "$log" 2>&1 &
  server=$!
  trap 'kill $server 2>/dev/null; wait $server 2>/dev/null || true' EXIT
  for ((i = 0; i < 300; i++)); do
    port_open 127.0.0.1 "$port" && return
    kill -0 $server 2>/dev/null || break
    sleep 0.1
  done
  tail -n 30 "$log" >&2
  die "the server did not start; its log: $log"
}
