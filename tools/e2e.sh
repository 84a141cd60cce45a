#!/usr/bin/env bash
# tools/e2e.sh [arguments for Playwright]: the browser journeys in end2end/ against a server of their own: built as for
# `make run`, free port, migrated database with a small demo shop in the test services.
. "$(dirname "$0")/lib.sh"
[ -n "${TECHALLY_SERVICES:-}" ] || { tools/setup.sh test; exec tools/with-test-services.sh "$0" "$@"; }
step build tools/build.sh serve
export CHECKOUT_API_KEYS=e2e-checkout-key DEV_PAGES=yes RUST_LOG=${RUST_LOG:-info}
serve_small_shop target/test/server.log

# somebody whose password journeys may change
echo 'a harbour for quiet ferries' | MIGRATION_DATABASE_URL=$SUPERUSER_URL "$target/serve/techally" create-staff \
  --email forgetful@techally.test --first-name Fay --last-name Getz --role support >/dev/null

for project in js plain; do   # for the journey of the second factor, which changes how its person signs in
  MIGRATION_DATABASE_URL=$SUPERUSER_URL "$target/serve/techally" create-staff --email factor-$project@techally.test \
    --first-name Frida --last-name Faktor --role support <<<'a lantern over nine harbours' > /dev/null
  # and that of one's own account
  MIGRATION_DATABASE_URL=$SUPERUSER_URL "$target/serve/techally" create-staff --email account-$project@techally.test \
    --first-name Anna --last-name Account --role support <<<'a lantern over nine harbours' > /dev/null
done
PSQL=$(pg_bindir)/psql
export PSQL
# The journeys find: BASE_URL, DATABASE_URL as the server has it, SUPERUSER_URL, PSQL, CHECKOUT_API_KEYS, CHROMIUM.
export CHROMIUM=${CHROMIUM:-/usr/bin/chromium} SERVER_LOG=$root/target/test/server.log
npm test --silent --prefix end2end -- "$@"
