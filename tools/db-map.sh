#!/usr/bin/env bash
# Draws the map in docs/database.md anew from the catalog of a freshly migrated database. A test finds a stale one.
. "$(dirname "$0")/lib.sh"
[ -n "${TECHALLY_SERVICES:-}" ] || exec tools/with-test-services.sh "$0"
# shellcheck disable=SC1091
. "$TECHALLY_SERVICES/services.env"
psql="$(pg_bindir)/psql"
export PGOPTIONS='-c client_min_messages=warning'
for sql in migrations/*.sql; do
  "$psql" "$SUPERUSER_URL" -Xq -1 -v ON_ERROR_STOP=1 -f "$sql" >/dev/null || die "$sql fails"
done
map=$("$psql" "$SUPERUSER_URL" -XqAt -v ON_ERROR_STOP=1 -f tools/db-map.sql)
MAP=$map perl -0777 -pi -e 's/(<!-- map: make db-map -->\n).*?(<!-- end of map -->)/$1$ENV{MAP}\n$2/s or die "docs/database.md has no marks\n"' docs/database.md
say "docs/database.md: $(grep -c . <<<"$map") lines of map"
