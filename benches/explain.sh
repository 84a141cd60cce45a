#!/usr/bin/env bash
# benches/explain.sh [DATABASE]: EXPLAINs every list, detail and search statement on the private cluster's database
# (techally unless told) as the application's login, row security on, and prints one Markdown row each.
. "$(dirname "$0")/../tools/lib.sh"
tools/services.sh start
# shellcheck disable=SC1091
. .local/services.env
"$(pg_bindir)/psql" "${STAFF_URL/\/techally\?/\/${1:-techally}?}" -XqAt -F ' | ' -f benches/explain.sql |
  { printf '| statement | planning ms | ms (median of 5) | worst ms | pages | rows | partitions read | how |\n|---|--:|--:|--:|--:|--:|--:|---|\n'
    sed 's/^/| /; s/$/ |/'; }
