# The commands of this project; `make help` lists them. Each is a small script in tools/.
.DEFAULT_GOAL := help
.PHONY: help run dev setup services stop psql test test-slow fuzz e2e lint sqlx db-map scale-explain bench release style clean clean-data

help: ## this list
	@sed -nE 's/^([a-z0-9-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

run: ## build, start everything with the demo shop, serve on http://127.0.0.1:3000
	@tools/run.sh

dev: ## the same for writing code: an edit is built and the open pages reload
	@tools/run.sh dev

test: ## all that CI runs: lint, unit and HTTP tests, browser journeys
	@tools/test.sh

test-slow: ## jobs killed 20 times; an hour of load and a look at the memory, ARGS=5 for five minutes
	@TEST_ROUNDS=20 tools/with-test-services.sh cargo test --profile serve --test http -- jobs_killed
	@tools/soak.sh $(value ARGS)

fuzz: ## libFuzzer on all that reads what somebody sends; ARGS=300 for five minutes
	@tools/fuzz.sh $(value ARGS)

e2e: ## the browser journeys alone; ARGS= goes to Playwright
	@tools/e2e.sh $(value ARGS)

lint: ## format, clippy, our own rules, the query cache
	@tools/lint.sh

sqlx: ## make .sqlx/ anew after a change of a migration or a query
	@tools/sqlx.sh write

setup: ## install what is missing; the other commands do it by themselves
	@tools/setup.sh test

services: ## start the private PostgreSQL and Redis (under .local/)
	@tools/services.sh start && tools/services.sh status

stop: ## stop them
	@tools/services.sh stop

psql: ## psql on the private database as its superuser; ARGS="-c 'select 1'"
	@tools/psql.sh $(value ARGS)

db-map: ## draw the map in docs/database.md anew from the catalog
	@tools/db-map.sh

scale-explain: ## EXPLAIN every list, detail and search statement; DB= names the private cluster's database
	@benches/explain.sh $(DB)

bench: ## pages a second beside pgbench with the same statements; ARGS= orders, other settings in benches/bench.sh
	@benches/bench.sh $(value ARGS)

release: ## build everything optimised; notes its statements for the next version to be compared with
	@tools/setup.sh && tools/build.sh release && node tools/note-release.mjs > tests/previous-release.jsonl

style: ## bundle the style sheet for cargo-leptos, which can't
	@tools/setup.sh && tools/build.sh serve css

clean: ## delete what was built; the demo shop stays
	@rm -rf target tools/node_modules end2end/node_modules end2end/test-results end2end/playwright-report

clean-data: ## stop the private services and delete the demo shop
	@tools/services.sh remove
