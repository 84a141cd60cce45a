#!/usr/bin/env bash
# benches/audit.sh [ENTRIES]: the audit trail at scale. A fresh database `audit` of the private cluster with that many
# entries (50 million unless told: some 30 GB, half an hour), then what its parts cost: a record at a moment, sealing, a
# month of an erasure. Its pages under load: DB=audit CASES=^audit make bench. The database stays for that:
# make -s psql ARGS="-d postgres -c 'DROP DATABASE audit'". Build first: tools/build.sh serve.
. "$(dirname "$0")/../tools/lib.sh"
rows=${1:-50000000} database=audit parts=2
[[ $rows =~ ^[1-9][0-9]*$ ]] || die "usage: benches/audit.sh [ENTRIES]"
tools/services.sh start
# shellcheck disable=SC1091
. .local/services.env
url=${SUPERUSER_URL/\/techally\?/\/$database?}
sql() { "$(pg_bindir)/psql" "$url" -XqAt -v ON_ERROR_STOP=1 "$@"; }
trails="FROM (VALUES ('audit_log'), ('audit_personal_values')) AS t (name)"

step create "$(pg_bindir)/psql" "${url/\/$database?/\/postgres?}" -Xq -c "DROP DATABASE IF EXISTS $database WITH (FORCE)" -c "CREATE DATABASE $database"
export DATABASE_URL=$url MIGRATION_DATABASE_URL=$url
step migrate "$target/serve/techally" migrate
step shop "$target/serve/techally" demo-data --orders 2000 --users 1000 --products 300 --reviews 300 > /dev/null
# into tables without indexes and log in a third of the time
sql -c "SELECT ensure_partitions_between((now() - interval '14 months')::date, now()::date)" > /dev/null
indexes=$(sql -c "SELECT replace(indexdef, ' ON ONLY ', ' ON ') || ';' $trails JOIN pg_indexes i ON i.tablename = t.name AND i.indexname NOT LIKE '%_pkey'")
keys=$(sql -c "SELECT format('ALTER TABLE %I ADD %s;', t.name, pg_get_constraintdef(c.oid)) $trails JOIN pg_constraint c ON c.conrelid = t.name::regclass AND c.contype = 'p'")
sql -c "SELECT format('ALTER TABLE %s SET UNLOGGED;', p.relid) $trails, pg_partition_tree(t.name::regclass) AS p WHERE p.isleaf
  UNION ALL SELECT format('DROP INDEX %I;', i.indexname) $trails JOIN pg_indexes i ON i.tablename = t.name AND i.indexname NOT LIKE '%_pkey'
  UNION ALL SELECT format('ALTER TABLE %I DROP CONSTRAINT %I;', t.name, c.conname) $trails JOIN pg_constraint c ON c.conrelid = t.name::regclass AND c.contype = 'p'" | sql -f -
load() {
  local part workers=()
  for ((part = 1; part <= parts; part++)); do sql -v rows="$rows" -v parts=$parts -v part=$part -f benches/audit.sql & workers+=($!); done
  for part in "${workers[@]}"; do wait "$part"; done
}
step entries load
step indexes sql -c "SET maintenance_work_mem = '1GB'" -c "$keys" -c "$indexes"
step statistics "$(pg_bindir)/vacuumdb" --analyze --quiet --dbname="$url"
sql -f benches/audit-parts.sql
