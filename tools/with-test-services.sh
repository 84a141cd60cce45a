#!/usr/bin/env bash
# tools/with-test-services.sh COMMAND…: runs it with a PostgreSQL and a Redis of its own, deleted afterwards, so that
# tests never touch the demo shop. Nested calls share the outer set. The command finds
#   TEST_DATABASE_URL     superuser, database postgres: tests make databases of their own there
#   TEST_REDIS_URL
#   TECHALLY_SERVICES     the folder; its services.env also knows an empty database techally and the login techally_staff
. "$(dirname "$0")/lib.sh"
[ $# -gt 0 ] || die "usage: tools/with-test-services.sh COMMAND…"
[ -z "${TECHALLY_SERVICES:-}" ] || exec "$@"

# What killed runs left: a living run holds the lock of its folder.
for dir in /tmp/techally-test-*; do
  if [ -O "$dir/held" ] && [ -n "$(find "$dir" -maxdepth 0 -mmin +1)" ] && flock -n "$dir/held" true; then
    TECHALLY_SERVICES=$dir tools/services.sh remove
  fi
done

TECHALLY_SERVICES=$(mktemp -d /tmp/techally-test-XXXXXX)
export TECHALLY_SERVICES
exec 8> "$TECHALLY_SERVICES/held"
flock 8
trap 'tools/services.sh remove' EXIT
step services tools/services.sh start
# shellcheck disable=SC1091
. "$TECHALLY_SERVICES/services.env"
export TEST_DATABASE_URL=${SUPERUSER_URL/\/techally?/\/postgres?} TEST_REDIS_URL=$PRIVATE_REDIS_URL
"$@"
