#!/usr/bin/env bash
# All that CI runs: lint, cargo's tests, browser journeys, each with private services that are thrown away.
# Whatever fails, the rest is run too; the last line sums up: "N passed, M failed".
. "$(dirname "$0")/lib.sh"
if [ -z "${TECHALLY_SERVICES:-}" ]; then
  tools/setup.sh test
  exec tools/with-test-services.sh "$0"
fi
logs=target/test
rm -rf $logs && mkdir -p $logs
claim_target
passed=0 failed=0

# kept LOG COMMAND…: its output is shown and kept for counting; its status stays
kept() { local log=$1; shift; "$@" 2>&1 | tee "$log"; return "${PIPESTATUS[0]}"; }
sum() { awk '{ n += $1 } END { print n + 0 }'; }
# count LOG PASSED FAILED STATUS: a runner that failed without naming a test counts as one failure, as one that ran none
count() {
  say "$1: $2 passed, $3 failed"
  passed=$((passed + $2)) failed=$((failed + $3))
  if [ "$3" = 0 ] && { [ "$4" != 0 ] || [ "$2" = 0 ]; }; then failed=$((failed + 1)); fi
}

step lint tools/lint.sh || { say "lint: failed"; failed=$((failed + 1)); }

status=0
# shellcheck disable=SC2086
step "cargo test" kept $logs/cargo.log cargo test $locked --profile serve --no-fail-fast || status=$?
count "cargo test" "$(sed -n 's/^test result: .* \([0-9]*\) passed; .*/\1/p' $logs/cargo.log | sum)" \
  "$(sed -n 's/^test result: .* \([0-9]*\) failed; .*/\1/p' $logs/cargo.log | sum)" $status

if [ -f end2end/package.json ]; then
  status=0
  step journeys kept $logs/journeys.log tools/e2e.sh || status=$?
  # Playwright closes with lines such as "  12 passed (3.4s)" and "  1 failed"
  plain=$(sed 's/\x1b\[[0-9;]*m//g' $logs/journeys.log)
  count journeys "$(sed -nE 's/^ +([0-9]+) (passed|flaky)\b.*/\1/p' <<<"$plain" | sum)" \
    "$(sed -nE 's/^ +([0-9]+) (failed|interrupted|did not run|errors? ).*/\1/p' <<<"$plain" | sum)" $status
fi

echo "$passed passed, $failed failed" | tee $logs/summary
[ $failed = 0 ]
