#!/usr/bin/env bash
# Builds the browser's files and the server, without cargo-leptos (which alone takes 11 minutes to install).
#   tools/build.sh [dev|serve|release] [web|server|css]
#     dev       WASM unoptimised and uncompressed, server with profile serve: quick after an edit
#     serve     WASM as small as it gets, server with profile serve: what newcomers and tests get
#     release   everything optimised
#   web, server: that half only. css: only the bundled style sheet target/techally.css, for cargo-leptos.
# Every #[lazy_route] becomes a file of its own: unsplit, lazy routes would never hydrate.
. "$(dirname "$0")/lib.sh"
mode=${1:-serve} part=${2:-all} name=techally site=target/site
case $mode in dev) wasm_profile=dev server_profile=serve ;; serve | release) wasm_profile=wasm-release server_profile=$mode ;;
  *) die "usage: tools/build.sh [dev|serve|release] [web|server|css]" ;; esac
from=target/web-$wasm_profile
wasm_in=$target/wasm32-unknown-unknown/${wasm_profile/dev/debug}/$name.wasm
tool=$target/wasm-tool/debug/wasm-pack-lite
export PATH="$PWD/tools/node_modules/.bin:$PATH" CARGO_TERM_PROGRESS_WHEN=never   # bars of three cargos at once are noise

[ ! -t 2 ] || export CARGO_TERM_COLOR=always
# Three cargos at once wait for each other for some milliseconds and each says so many times.
quiet_cargo() { cargo "$@" 2> >(grep --line-buffered -v 'waiting for file lock on package cache' >&2); }

# shellcheck disable=SC2086
wasm() {   # only a cdylib: 30 % less to do; relocations, which splitting needs, for this crate alone
  quiet_cargo rustc $locked --lib --crate-type cdylib --target wasm32-unknown-unknown --no-default-features --features hydrate \
    --profile $wasm_profile -- -Clink-arg=--emit-relocs
}
# shellcheck disable=SC2086
server() { quiet_cargo build $locked --bin $name --profile "$server_profile"; }
# shellcheck disable=SC2086
own_tool() { quiet_cargo build $locked --manifest-path tools/wasm/Cargo.toml --target-dir "$target/wasm-tool"; }

minify_js() {
  local js
  for js in "$1"/*.js; do
    esbuild "$js" --minify --format=esm --log-level=error --allow-overwrite --outfile="$js" || return
  done
}
css() { lightningcss --bundle --minify --targets '>= 0.5%' style/main.css -o "$1"; }
content() { find "$@" -type f ! -name '*.br' ! -name '*.gz' | LC_ALL=C sort | xargs -d '\n' sha256sum; }

# WASM and JavaScript, from what cargo made, a folder for each profile; its .key says from which input it is.
browser_code() {
  local key
  key="$(cat "$wasm_in" "$tool" tools/build.sh tools/compress.mjs tools/optimize.mjs tools/package-lock.json | sha256sum)"
  [ "$key" = "$(cat "$from.key" 2>/dev/null)" ] && return
  rm -rf "$from" "$from.key"   # a left-over split manifest would make leptos preload chunks that are gone
  step bindgen "$tool" "$wasm_in" "$from" $name --split || return
  if [ "$mode" != dev ]; then
    step optimize node tools/optimize.mjs "$from" && step minify minify_js "$from" && step compress node tools/compress.mjs "$from" || return
  fi
  echo "$key" > "$from.key"
}

# One folder per content: the files' imports of each other stay as they are and everything in it is immutable.
# target/site/pkg.dir names the folder for the server.
publish() {
  local key out=target/web-new pkg public=()
  [ ! -d public ] || public=(public)
  key=$(cat "$from.key"; content style "${public[@]}")
  [ "$key" = "$(cat target/site.key 2>/dev/null)" ] && [ -e "$site/$(cat $site/pkg.dir 2>/dev/null)/$name.css" ] && return
  rm -rf $out target/site.key
  cp -r "$from" $out && css $out/$name.css || return
  cp $out/$name.css target/$name.css
  [ "$mode" = dev ] || node tools/compress.mjs $out || return
  pkg=pkg/$(cd $out && content . | sha256sum | cut -c1-12)
  mkdir -p $site/pkg
  find $site -mindepth 1 -maxdepth 1 ! -name pkg ! -name pkg.dir -exec rm -rf {} +
  [ ! -d public ] || cp -r public/. $site/
  rm -rf "${site:?}/$pkg" && mv $out "$site/$pkg" && touch "$site/$pkg" || return
  echo "$pkg" > $site/pkg.dir.new && mv $site/pkg.dir.new $site/pkg.dir
  # the three folders used last stay: open tabs still ask for their lazy chunks
  find $site/pkg -mindepth 1 -maxdepth 1 -type d -printf '%T@ %p\n' | sort -rn | tail -n +4 | cut -d' ' -f2- | xargs -d '\n' -r rm -rf
  printf '%s\n' "$key" > target/site.key
}

if [ "$part" = css ]; then
  mkdir -p target
  step style css target/$name.css
  exit
fi
claim_target
# The three cargo calls write to different folders, so they run side by side; the first failure ends the others.
# Job control gives each a process group, so that cargo and its rustc end too.
set -m
trap 'for job in $(jobs -p); do kill -- "-$job" 2>/dev/null; done' EXIT
trap 'exit 130' INT TERM
if [ "$part" != web ]; then step server server & fi
if [ "$part" != server ]; then
  step tool own_tool &
  step wasm wasm &
fi
mapfile -t running < <(jobs -p)
for _ in "${running[@]}"; do wait -n || die "the build failed"; done
if [ "$part" != server ]; then browser_code && step publish publish; fi
