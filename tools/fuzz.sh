#!/usr/bin/env bash
# tools/fuzz.sh [SECONDS]: libFuzzer on the parsers, as cargo-fuzz runs it but on the stable compiler: only our own crate
# is instrumented, so that the libraries of the other builds are used as they are. A crash ends it and leaves the text.
. "$(dirname "$0")/lib.sh"
seconds=${1:-300}
corpus=target/fuzz/corpus
mkdir -p $corpus
claim_target

if [ -z "$(ls $corpus)" ]; then   # words of each kind, to begin with
  n=0
  while IFS= read -r line; do printf '%b' "$line" > "$corpus/seed-$((n++))"; done <<'TEXT'
status:shipped total:>500 country:DE placed:2026-01..2026-03 payment:failed\x1fPENDING
TA-104818
0192f3a4-5b6c-7000-8000-000000000000\x1f0192f3a4-5b6c-7000-8000-000000000001
2026-11-21T08:49:00Z~0192f3a4-5b6c-7000-8000-000000000000
customer:"Ida Berg" email:ida@mail.example phone:+49405550218 sku:CAM-1 -tag:vip
/orders?q=a%26b&status=SHIPPED\x1f//evil.example
287082\x1fusers.mfa_secret:1
0110-000000-000000-000000-00
1.k.000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
age:>3d warehouse:BER-1 assignee:me total:12.50..99.99
TEXT
fi

# The flags of cargo-fuzz without a sanitizer: the crate has no unsafe code for one to watch.
cat > target/fuzz/rustc <<'SH'
#!/bin/sh
exec "$@" -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
  -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares -Cdebug-assertions=yes
SH
chmod +x target/fuzz/rustc
build() { RUSTC_WORKSPACE_WRAPPER=$PWD/target/fuzz/rustc cargo build $locked -q --profile serve --features fuzz --bin fuzz-parsers; }
step build build
exec "$target/serve/fuzz-parsers" $corpus -max_total_time="$seconds" -timeout=5 -max_len=2000 -artifact_prefix=target/fuzz/ -print_final_stats=1
