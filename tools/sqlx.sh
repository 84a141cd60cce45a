#!/usr/bin/env bash
# tools/sqlx.sh write | check: makes .sqlx/ (what sqlx's query macros know of the database when nothing is connected)
# anew or compares it. Without sqlx-cli: the macros write a file for each query into SQLX_OFFLINE_DIR when they are
# connected (sqlx 0.9, sqlx-macros-core/src/query/mod.rs, expand_with_data), so checking the crate is enough.
. "$(dirname "$0")/lib.sh"
case ${1:-} in write | check) ;; *) die "usage: tools/sqlx.sh write | check" ;; esac

uses=$(grep -rlE '\bquery(_as|_scalar|_file\w*)?(_unchecked)?!' src tests 2>/dev/null | LC_ALL=C sort || true)
files=()
[ ! -d .sqlx ] || files+=(.sqlx)
[ ! -d migrations ] || files+=(migrations)
key() {   # all that the outcome depends on
  # shellcheck disable=SC2086
  find $uses "${files[@]}" Cargo.lock tools/sqlx.sh -type f | LC_ALL=C sort | xargs -d '\n' sha256sum
}
mkdir -p target
if [ "$1" = check ] && [ "$(key)" = "$(cat target/sqlx.key 2>/dev/null)" ]; then exit; fi
[ -n "${TECHALLY_SERVICES:-}" ] || exec tools/with-test-services.sh "$0" "$1"

# shellcheck disable=SC1091
. "$TECHALLY_SERVICES/services.env"
migrate() {   # plain psql: the crate may not compile while its queries are new
  local sql single
  export PGOPTIONS='-c client_min_messages=warning'
  "$(pg_bindir)/psql" "$SUPERUSER_URL" -Xqc 'DROP DATABASE IF EXISTS sqlx' -c 'CREATE DATABASE sqlx' || return
  for sql in migrations/*.sql; do
    single=-1
    ! head -n 1 "$sql" | grep -q '^-- *no-transaction' || single=''
    # shellcheck disable=SC2086
    "$(pg_bindir)/psql" "$database" -Xq -v ON_ERROR_STOP=1 $single -f "$sql" >/dev/null ||
      { say "$sql fails"; return 1; }
  done
}
database=${SUPERUSER_URL/\/techally?/\/sqlx?}

# A copy of the crate is checked, so that forcing cargo to look again (touch) leaves the real build as it was. A version
# of its own keeps it apart from the real crate, which cargo may be building in the same folder.
copy=target/sqlx
make_copy() {
  rm -rf $copy && mkdir -p $copy/new && cp -r Cargo.toml Cargo.lock src $copy/ || return
  local name
  for name in migrations tests benches public Leptos.toml clippy.toml; do
    [ ! -e "$name" ] || ln -s "$root/$name" $copy/ || return
  done
  perl -0777 -pi -e "s/(name = \"techally\"\nversion = \"[^\"+-]*)/\$1-sqlx.$clone/" $copy/Cargo.toml $copy/Cargo.lock &&
    touch $copy/src/lib.rs
}
targets='--lib --bins'   # tests that don't compile yet must not stand in the way of a new query
[[ $uses != *tests* ]] || targets=--all-targets
# shellcheck disable=SC2086
expand() {
  make_copy && SQLX_OFFLINE=false SQLX_OFFLINE_DIR=$root/$copy/new DATABASE_URL=$database \
    cargo check -q $locked --manifest-path $copy/Cargo.toml --target-dir "$target" --profile serve $targets
}
if [ -n "$uses" ]; then
  step "sqlx migrate" migrate
  step "sqlx expand" expand
else
  mkdir -p $copy/new
fi

if [ "$1" = write ]; then
  rm -rf .sqlx
  if [ -n "$uses" ]; then cp -r $copy/new .sqlx; fi
  say "$(find $copy/new -type f | wc -l) queries in .sqlx"
  files=(migrations)
  [ ! -d .sqlx ] || files+=(.sqlx)
else
  mkdir -p .sqlx
  if ! diff -rq .sqlx $copy/new >&2; then die ".sqlx is not what the migrations and queries make: run make sqlx"; fi
  rmdir .sqlx 2>/dev/null || true
fi
key > target/sqlx.key
