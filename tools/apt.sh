#!/usr/bin/env bash
# As root, from setup.sh: installs Debian packages without letting them start servers or make a database of their own.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d mark='# techally setup' conf=/etc/postgresql-common/createcluster.conf

undo() {   # also undoes what a killed run left
  if grep -qs "$mark" $policy; then rm -f $policy; fi
  if [ -e $conf.techally ]; then mv $conf.techally $conf; fi
}
get() { apt-get -qq -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@"; }

undo
trap undo EXIT
[ -e $policy ] || { printf '#!/bin/sh\n%s\nexit 101\n' "$mark" > $policy; chmod 755 $policy; }
get update
if [[ " $* " == *" postgresql-"* ]]; then
  get install --no-install-recommends postgresql-common
  cp -a $conf $conf.techally
  printf '\ncreate_main_cluster = false\n' >> $conf
fi
had_redis=$(command -v redis-server || true)
get install --no-install-recommends "$@"
if [ -z "$had_redis" ] && command -v systemctl >/dev/null; then
  systemctl disable --quiet redis-server 2>/dev/null || true   # else Debian's own would start at the next boot
fi
