#!/usr/bin/env bash
# psql on the private database as the private cluster's superuser; starts the services if needed.
. "$(dirname "$0")/lib.sh"
tools/services.sh start
# shellcheck disable=SC1091
. .local/services.env
# as environment, so that arguments such as -d and -U still choose
export PGHOST=$PG_SOCKETS PGPORT=$PG_PORT PGUSER=postgres PGPASSWORD=$PG_PASSWORD PGDATABASE=techally
exec "$(pg_bindir)/psql" "$@"
