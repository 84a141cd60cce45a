#!/usr/bin/env bash
# This clone's private PostgreSQL and Redis.
#   tools/services.sh start [redis]    both, or Redis alone; quick when they already run
#   tools/services.sh stop | status
#   tools/services.sh remove           stops them and deletes their data
# State is under .local/ (addresses and passwords: .local/services.env) and is kept. With TECHALLY_SERVICES=FOLDER
# it is a second set for tests in that folder: nothing is forced to disk, `remove` deletes the folder.
. "$(dirname "$0")/lib.sh"
state=${TECHALLY_SERVICES:-$root/.local}
env_file=$state/services.env

# PostgreSQL refuses root, so as root both servers run as user postgres. Locks stay with us (8, 9), not with servers.
if [ "$(id -u)" = 0 ]; then
  owner=postgres
  as() { (cd / && exec setpriv --reuid=postgres --regid=postgres --init-groups "$@" 8>&- 9>&-); }
else
  owner=$(id -un)
  as() { (cd / && exec "$@" 8>&- 9>&-); }
fi

# Where data and sockets are: as much as possible in $state, but a clone that user postgres can't enter (under /root)
# keeps its data in /var/lib/techally, and sockets need a short path (107 bytes at most).
places() {
  id "$owner" >/dev/null 2>&1 || die "user postgres is missing: run make setup"
  mkdir -p "$state" && chmod 711 "$state"
  base=$state sockets=$state/run
  [ -n "${TECHALLY_SERVICES:-}" ] || sockets=/tmp/techally-$clone
  if ! as test -x "$state"; then
    base=/var/lib/techally/$clone
    install -d -m 711 /var/lib/techally "$base"
    local part
    for part in pg redis; do
      # moved here by hand or by `mv clone /root`: the data comes along
      if [ -d "$state/$part" ] && [ ! -L "$state/$part" ]; then mv "$state/$part" "$base/$part"; fi
      ln -sfn "$base/$part" "$state/$part"
    done
  fi
  pg=$base/pg redis=$base/redis
}

# Pids of the servers called $2 that work in folder $1: the truth after kill -9, unlike pid files.
pids_in() {
  local dir proc
  find /proc/[0-9]*/cwd -maxdepth 0 -printf '%l\t%h\n' 2>/dev/null | while IFS=$'\t' read -r dir proc; do
    if [ "$dir" = "$1" ] && grep -qx "$2" "$proc/comm" 2>/dev/null; then echo "${proc#/proc/}"; fi
  done || true
}

# alive PIDFILE FOLDER NAME: the pid in that file is this server, not another program that was given its number.
alive() {
  local pid
  read -r pid 2>/dev/null < "$1" && [ "$(readlink "/proc/$pid/cwd")" = "$2" ] && [ "$(cat "/proc/$pid/comm")" = "$3" ]
}
pg_alive() { alive "$pg/postmaster.pid" "$pg" postgres; }
redis_alive() { alive "$redis/redis.pid" "$redis" redis-server; }

# Waits for processes to end by themselves, then ends them: their data survives that.
gone() {
  local i pids
  for ((i = 0; i < 100; i++)); do
    pids=$(pids_in "$1" "$2")
    [ -n "$pids" ] || return 0
    sleep 0.1
  done
  # shellcheck disable=SC2086
  kill -KILL $pids 2>/dev/null || true
  sleep 0.3
}

secret() { od -An -N18 -tx1 /dev/urandom | tr -d ' \n'; }

# Keeps what services.env has and adds what it lacks. A port that another program took meanwhile is chosen again.
addresses() {
  local pg_port='' redis_port='' pg_password='' staff_password='' redis_password=''
  if [ -f "$env_file" ]; then
    # shellcheck disable=SC1090
    . "$env_file"
    pg_port=$PG_PORT redis_port=$REDIS_PORT pg_password=$PG_PASSWORD staff_password=$STAFF_PASSWORD redis_password=$REDIS_PASSWORD
  elif [ -d "$pg" ]; then
    reset=yes   # the passwords are lost, the data is not
    if pg_alive; then as "$bin/pg_ctl" stop -D "$pg" -m fast -s; fi
  fi
  if redis_alive && [ -z "$redis_password" ]; then kill "$(cat "$redis/redis.pid")"; gone "$redis" redis-server; fi
  pg_alive || { [ -n "$pg_port" ] && ! port_open 127.0.0.1 "$pg_port"; } || pg_port=$(free_port)
  redis_alive || { [ -n "$redis_port" ] && ! port_open 127.0.0.1 "$redis_port"; } || redis_port=$(free_port)
  pg_password=${pg_password:-$(secret)} staff_password=${staff_password:-$(secret)} redis_password=${redis_password:-$(secret)}
  local wanted
  wanted="# Written by tools/services.sh: where this clone's private services are. Delete it for new passwords and ports.
PG_PORT=$pg_port
PG_SOCKETS='$sockets'
PG_PASSWORD=$pg_password
STAFF_PASSWORD=$staff_password
REDIS_PORT=$redis_port
REDIS_PASSWORD=$redis_password
# over the socket: quicker than TCP. The same passwords hold on 127.0.0.1:\$PG_PORT
SUPERUSER_URL='postgres://postgres:$pg_password@localhost:$pg_port/techally?host=$sockets'
STAFF_URL='postgres://techally_staff:$staff_password@localhost:$pg_port/techally?host=$sockets'
PRIVATE_REDIS_URL='redis://:$redis_password@127.0.0.1:$redis_port/'"
  if [ "$wanted" != "$(cat "$env_file" 2>/dev/null)" ]; then
    (umask 077 && printf '%s\n' "$wanted" > "$env_file.new" && mv "$env_file.new" "$env_file")
  fi
  # shellcheck disable=SC1090
  . "$env_file"
}

pg_conf() {
  local memory
  memory=$(awk '/^MemTotal/ { mb = int($2 / 1024 / 8); print (mb < 128 ? 128 : (mb > 2048 ? 2048 : mb)) }' /proc/meminfo)
  cat <<CONF
# Written at each start by tools/services.sh.
listen_addresses = '127.0.0.1'
port = $PG_PORT
unix_socket_directories = '$sockets'
shared_preload_libraries = 'pg_stat_statements'
track_io_timing = on
shared_buffers = ${memory}MB
effective_cache_size = $((memory * 4))MB
maintenance_work_mem = 256MB
max_wal_size = 4GB
random_page_cost = 1.1
jit = off                      # compiling a statement takes longer than any page may
max_connections = 200
timezone = 'UTC'
log_timezone = 'UTC'
logging_collector = on         # a week of logs in log/, then overwritten
log_filename = '%a.log'
log_truncate_on_rotation = on
log_min_duration_statement = 1000
CONF
  [ -z "${TECHALLY_SERVICES:-}" ] || cat <<CONF
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
log_min_duration_statement = -1
CONF
}

pg_init() {
  rm -rf "$pg.new"
  install -d -o "$owner" -m 700 "$pg.new"
  (umask 077 && printf '%s\n' "$PG_PASSWORD" > "$pg.new.password") && chown "$owner" "$pg.new.password"
  as "$bin/initdb" -D "$pg.new" -U postgres --pwfile="$pg.new.password" --auth=scram-sha-256 --encoding=UTF8 \
    --locale=C.UTF-8 --data-checksums ${TECHALLY_SERVICES:+--no-sync} >/dev/null || die "initdb failed"
  rm -f "$pg.new.password"
  echo "include_if_exists = 'techally.conf'" >> "$pg.new/postgresql.conf"
  mv "$pg.new" "$pg"   # a killed initdb leaves no half-made cluster behind
}

# What must be in the cluster before the first migration. The migrations make techally_admin too, guarded as here.
pg_contents() {
  PGPASSWORD=$PG_PASSWORD "$bin/psql" -XqAt -v ON_ERROR_STOP=1 -h "$sockets" -p "$PG_PORT" -U postgres -d postgres >/dev/null <<SQL
SET client_min_messages = warning;
SELECT 'CREATE DATABASE techally' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'techally') \gexec
SELECT 'CREATE ROLE techally_admin NOLOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'techally_admin') \gexec
SELECT 'CREATE ROLE techally_staff' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'techally_staff') \gexec
ALTER ROLE techally_staff LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD '$STAFF_PASSWORD';
GRANT techally_admin TO techally_staff;
SQL
}

socket_folder() {
  if [ ! -d "$sockets" ]; then install -d -o "$owner" -m 711 "$sockets"; fi
  # anyone may make a folder in /tmp: one that isn't ours could hold a server that collects passwords
  [ "$(stat -c %U "$sockets")" = "$owner" ] && [ ! -L "$sockets" ] || die "$sockets belongs to someone else: remove it"
}

pg_start() {
  [ -d "$pg" ] || pg_init
  # someone cleaned /tmp: only a restart makes the socket again
  if pg_alive && [ ! -S "$sockets/.s.PGSQL.$PG_PORT" ] && [ -e "$state/ready" ]; then as "$bin/pg_ctl" stop -D "$pg" -w -s -m fast; fi
  if ! pg_alive; then
    gone "$pg" postgres           # children of a killed server, still writing
    # of a dead server, whose number may be another program's by now, or a zombie's
    rm -f "$pg/postmaster.pid" "$sockets"/.s.PGSQL.*
    socket_folder
    rm -f "$state/ready"
    pg_conf | as tee "$pg/techally.conf" >/dev/null
    if [ -n "${reset:-}" ]; then
      echo "ALTER ROLE postgres PASSWORD '$PG_PASSWORD'" | as "$bin/postgres" --single -D "$pg" postgres >/dev/null 2>&1
    fi
    as "$bin/pg_ctl" start -D "$pg" -w -t 600 -s -l "$pg/start.log" </dev/null >/dev/null 2>&1 || {
      tail -n 20 "$pg/start.log" "$pg/log/$(LC_ALL=C date -u +%a).log" >&2 || true
      die "PostgreSQL did not start; its data is in $pg"
    }
  fi
  [ -e "$state/ready" ] && return
  local i   # another start may have been killed while this server was still recovering
  for ((i = 0; i < 600; i++)); do "$bin/pg_isready" -q -h "$sockets" -p "$PG_PORT" && break; sleep 0.1; done
  pg_contents || die "PostgreSQL runs but could not be prepared"
  touch "$state/ready"
}

redis_start() {
  redis_alive && return
  [ -d "$redis" ] || install -d -o "$owner" -m 700 "$redis"
  gone "$redis" redis-server
  as redis-server - >/dev/null 2>&1 <<CONF || die "Redis did not start; see $redis/redis.log"
bind 127.0.0.1
port $REDIS_PORT
requirepass $REDIS_PASSWORD
dir $redis
pidfile $redis/redis.pid
logfile $redis/redis.log
daemonize yes
$([ -n "${TECHALLY_SERVICES:-}" ] && echo 'save ""' || echo 'save 60 1')
CONF
  local i
  for ((i = 0; i < 100; i++)); do
    [ "$(REDISCLI_AUTH=$REDIS_PASSWORD redis-cli -h 127.0.0.1 -p "$REDIS_PORT" ping 2>/dev/null)" = PONG ] && return
    sleep 0.05
  done
  tail -n 20 "$redis/redis.log" >&2
  die "Redis did not answer"
}

stop() {
  if pg_alive; then as "$bin/pg_ctl" stop -D "$pg" -w -s -m "$1" || true; fi
  gone "$pg" postgres
  if redis_alive; then kill "$(cat "$redis/redis.pid")"; fi
  gone "$redis" redis-server
}

case ${1:-} in
  start) pg_bindir >/dev/null && command -v redis-server >/dev/null || tools/setup.sh ;;
  stop | status | remove) [ -d "$state" ] || exit 0 ;;
  *) die "usage: tools/services.sh start [redis] | stop | status | remove" ;;
esac
bin=$(pg_bindir) || die "no PostgreSQL server found: run make setup"
places
exec 9> "$state/lock"
flock 9   # two commands at once start one server
case $1 in
  start)
    addresses
    [ "${2:-}" = redis ] || pg_start
    redis_start
    ;;
  stop) stop fast ;;
  status)
    # shellcheck disable=SC1090
    [ ! -f "$env_file" ] || . "$env_file"
    if pg_alive; then echo "PostgreSQL runs on 127.0.0.1:$PG_PORT, data in $pg"; else echo "PostgreSQL is stopped"; fi
    if redis_alive; then echo "Redis runs on 127.0.0.1:$REDIS_PORT, data in $redis"; else echo "Redis is stopped"; fi
    ;;
  remove)
    stop immediate
    rm -rf "$pg" "$pg.new" "$redis" "$env_file" "$state/ready" "$state/files" "$sockets"
    [ "$base" = "$state" ] || rm -rf "$base" "$state/pg" "$state/redis"
    [ -z "${TECHALLY_SERVICES:-}" ] || rm -rf "$state"
    ;;
esac
