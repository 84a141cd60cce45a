#!/usr/bin/env bash
# Format, our own rules, clippy for both halves, .sqlx. All are run, whatever fails.
. "$(dirname "$0")/lib.sh"
tools/setup.sh test
claim_target
failed=0
lint() { step "$@" || failed=1; }
lint format cargo fmt --check
lint rules tools/lint-rules.sh
# With the profile of all else, so that what they check is shared with builds and tests.
# shellcheck disable=SC2086
{
  lint "clippy server" cargo clippy -q $locked --profile serve --all-targets -- -D warnings
  lint "clippy browser" cargo clippy -q $locked --profile serve --lib --target wasm32-unknown-unknown --no-default-features --features hydrate -- -D warnings
}
lint sqlx tools/sqlx.sh check
exit $failed
