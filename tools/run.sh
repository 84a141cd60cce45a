#!/usr/bin/env bash
# tools/run.sh [serve|dev]: build, services, migrations, demo shop, server (serve) or server and watcher (dev).
# With DATABASE_URL in the environment or .env that database is used and no PostgreSQL is started.
# DEMO_DATA=no leaves an empty database empty.
. "$(dirname "$0")/lib.sh"
mode=${1:-serve}
load_env
export LEPTOS_SITE_ADDR=${LEPTOS_SITE_ADDR:-127.0.0.1:3000}
host=${LEPTOS_SITE_ADDR%:*} port=${LEPTOS_SITE_ADDR##*:}
case $host in 0.0.0.0 | '[::]') host=127.0.0.1 ;; esac
export PUBLIC_URL=${PUBLIC_URL:-http://$host:$port}
if port_open "$host" "$port"; then
  die "something already listens on $LEPTOS_SITE_ADDR: stop it, or choose another address: LEPTOS_SITE_ADDR=127.0.0.1:3010 make run"
fi

tools/setup.sh
step build tools/build.sh "$mode"
only=''
[ -z "${DATABASE_URL:-}" ] || only=redis
if [ -z "$only" ] || [ -z "${REDIS_URL:-}" ]; then
  step services tools/services.sh start $only
  # shellcheck disable=SC1091
  . .local/services.env
  export DATABASE_URL=${DATABASE_URL:-$STAFF_URL} REDIS_URL=${REDIS_URL:-$PRIVATE_REDIS_URL}
fi
own_key
owner_url=${MIGRATION_DATABASE_URL:-$([ "$only" ] && echo "$DATABASE_URL" || echo "$SUPERUSER_URL")}
unset MIGRATION_DATABASE_URL   # the serving process gets the least it needs

bin=$target/serve/techally
MIGRATION_DATABASE_URL=$owner_url step migrate "$bin" migrate
if [ "${DEMO_DATA:-yes}" = yes ]; then
  MIGRATION_DATABASE_URL=$owner_url step demo-data "$bin" demo-data --if-empty
fi

# Says where, once it answers; ends by itself when the server doesn't come up.
announce() {
  until port_open "$host" "$port"; do sleep 0.1; kill -0 $$ 2>/dev/null || return; done
  cat <<TEXT

TechAlly Admin is at http://$host:$port
Demo shop: sign in as super@, admin@, support@, moderator@ or warehouse@techally.test, password techally-demo
Without a mail server mails wait, links and all, at http://$host:$port/dev/mail (for super@)
Ctrl-C stops the server, make stop the database.

TEXT
}
announce &
if [ "$mode" = dev ]; then
  OWNER_URL=$owner_url exec node tools/dev.mjs "$bin"
fi
exec "$bin" serve
