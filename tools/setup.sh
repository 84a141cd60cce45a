#!/usr/bin/env bash
# Installs what is missing; the second call has nothing to do.
#   tools/setup.sh          what `make run` needs
#   tools/setup.sh test     and what `make test` needs besides: Chromium, Playwright, clippy, rustfmt, an S3 server
. "$(dirname "$0")/lib.sh"
tests=${1:-}

# Never installed from here: where these come from is the person's choice.
command -v cargo rustup >/dev/null || die "Rust is missing. Install rustup (https://rustup.rs) with Rust 1.95 or newer."
node=$(node --version 2>/dev/null || echo v0)
[ "$(cut -d. -f1 <<<"${node#v}")" -ge 20 ] || die "Node.js 20 or newer with npm is needed, found: ${node/v0/none}."
command -v npm >/dev/null || die "npm is missing; it belongs to Node.js 20."

packages=()
command -v cc >/dev/null || packages+=(gcc libc6-dev)
pg_bindir >/dev/null || packages+=(postgresql-15)
command -v redis-server >/dev/null || packages+=(redis-server)
[ -z "$tests" ] || [ -x "${CHROMIUM:-/usr/bin/chromium}" ] || packages+=(chromium)
[ -z "$tests" ] || python3 -c 'import ensurepip, venv' 2>/dev/null || packages+=(python3-venv)

install_packages() {
  local sudo=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; } || die "these Debian packages are missing and this is neither root nor a user with sudo. As root:
  apt-get update && apt-get install --no-install-recommends ${packages[*]}"
    sudo=(sudo)
  fi
  "${sudo[@]}" bash tools/apt.sh "${packages[@]}"
}

if [ ${#packages[@]} -gt 0 ]; then
  # shellcheck disable=SC1091
  if [ "$(. /etc/os-release 2>/dev/null && echo "${ID:-} ${VERSION_ID:-}")" != "debian 12" ]; then
    die "please install what these Debian 12 packages hold (only there is it done for you): ${packages[*]}
  PostgreSQL: a server of version 15 or newer with contrib (set PG_BINDIR to the folder of initdb and postgres)
  Redis: redis-server 7 on the PATH.  Chromium (tests only): set CHROMIUM to its path.  Python 3 with venv (tests only)"
  fi
  say "Installing Debian packages: ${packages[*]}"
  step packages install_packages
fi

wasm_target() { [ -d "$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown" ] || step wasm-target rustup -q target add wasm32-unknown-unknown; }
wasm_target
if [ -n "$tests" ]; then
  cargo clippy --version >/dev/null 2>&1 || step clippy rustup -q component add clippy
  cargo fmt --version >/dev/null 2>&1 || step rustfmt rustup -q component add rustfmt
fi

# node_modules is as the lock file says when the copy made after the last `npm ci` still equals it.
npm_folder() {
  [ -f "$1/package-lock.json" ] || return 0
  cmp -s "$1/package-lock.json" "$1/node_modules/.techally-lock" && return
  PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 step "npm $1" npm ci --prefix "$1" --silent --no-audit --no-fund
  cp "$1/package-lock.json" "$1/node_modules/.techally-lock"
}
# The one thing from PyPI: an S3 server for tests/http/storage.rs, which starts it.
s3_server() {
  python3 -m venv --clear tools/s3/venv || return
  tools/s3/venv/bin/pip install -q --disable-pip-version-check --no-deps --only-binary :all: --require-hashes -r tools/s3/requirements.txt || return
  cp tools/s3/requirements.txt tools/s3/venv/.techally-lock
}
npm_folder tools
[ -z "$tests" ] || npm_folder end2end
[ -z "$tests" ] || cmp -s tools/s3/requirements.txt tools/s3/venv/.techally-lock || step "s3 server" s3_server
