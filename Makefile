# Two commands for everybody: `make demo` and `make test`. The longer ones: `make e2e` (real parts) and `make bench`.
.PHONY: demo demo-page scap page test test-page test-provider units strace lint deny chromium e2e e2e-page e2e-attacks mutants defects recordings \
	bench bench-engine bench-fold bench-many bench-process bench-canary bench-evidence bench-demo bench-kubernetes bench-mask bench-streaming bench-history \
	chaos chaos-answers chaos-simulation chaos-kills chaos-claims chaos-flips chaos-storage chaos-aborts chaos-output chaos-parsers chaos-mask

CARGO ?= cargo
SEEDS ?= 20000
VERSION = $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)

demo: ## a good version promoted, a bad one caught and rolled back, on this machine
	$(CARGO) build --release --locked -p scap
	target/release/scap demo

demo-page: scap ## the same in a browser: sign in, deploy the bad version, and watch it come back
	target/release/scap demo --page

scap: page ## target/release/scap with SpiderPig's page in it
	$(CARGO) build --release --locked -p scap --features embedded-page

page: web/node_modules ## SpiderPig's page, into web/dist
	cd web && npm run build

test-page: web/node_modules
	cd web && npm test

web/node_modules: web/package-lock.json
	cd web && npm ci --ignore-scripts
	@touch $@

# What vouches for people in the tests of spiderpig-control.
IDENTITY_PROVIDER = crates/spiderpig-control/tests/provider/idp

test-provider: $(IDENTITY_PROVIDER)/node_modules ## signing in, by a real identity provider and by those that lie
	$(CARGO) test --locked -p spiderpig-control --test provider

$(IDENTITY_PROVIDER)/node_modules: $(IDENTITY_PROVIDER)/package-lock.json
	cd $(IDENTITY_PROVIDER) && npm ci --ignore-scripts
	@touch $@

test: lint strace test-page units $(IDENTITY_PROVIDER)/node_modules ## every test that needs nothing but the toolchain and strace
	SCAP_SIMULATION_SEEDS=$(SEEDS) $(CARGO) test --locked --workspace
	@# Once more, with every scap asking a runner: but for what is about having none, or one of its own.
	SCAP_TEST_RUNNER=1 $(CARGO) test --locked --workspace --test it -- --skip runner:: --skip page:: --skip api:: --skip passkeys:: --skip unmasking:: \
		--skip interrupted:: --skip bad_input::

units: ## what systemd says of the units in dist/
	@dev/units

strace: ## kills programs at the very system call that a test names
	@dev/need strace

lint: deny
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings

deny: ## licences, bans and sources; the advisories need a database that is fetched from elsewhere
	$(CARGO) fetch --locked
	@command -v cargo-deny >/dev/null || $(CARGO) install --locked cargo-deny@0.20.2
	$(CARGO) deny --offline check bans licenses sources

e2e: ## the tests on real parts: Kubernetes, helm, helmfile; then people at real browsers: a deployment, the queue, an admin
	dev/build
	e2e/run
	$(MAKE) e2e-page TESTS="deploy queue admin"

bench: bench-engine bench-fold bench-many bench-process bench-canary bench-evidence bench-demo bench-kubernetes bench-mask bench-streaming bench-history ## all figures of bench/RESULTS.md

chromium:
	@dev/need chromium

e2e-page: page chromium ## SpiderPig in a real browser (Debian's chromium), from signing in to the rollback; TESTS names some of e2e/browser
	$(CARGO) build --locked -p scap --features embedded-page
	e2e/browser/run target/debug/scap $(TESTS)

e2e-attacks: page ## all that whoever has taken over the web process could try
	$(CARGO) build --locked -p scap
	e2e/attacks/run target/debug/scap web/dist

BENCH = $(CARGO) run --quiet --release --locked -p scap-execute --example bench --

bench-engine: ## durable commits and engine time of a no-op step, beside bare commits
	$(BENCH) engine --rounds 15

bench-fold: ## a journal of 1,000,000 events, beside reading its rows; in memory, as writing it durably takes long
	TMPDIR=/dev/shm $(BENCH) fold
	TMPDIR=/dev/shm $(BENCH) fold --runs 1 --events-of-a-run 1000000

bench-many: ## a journal of 100,000 finished runs and 1,000 queued ones; in memory, as above
	TMPDIR=/dev/shm $(BENCH) many

bench-process: ## what a supervisor costs for each program, beside a bare spawn
	$(CARGO) build --quiet --release --locked -p scap
	$(CARGO) run --quiet --release --locked -p scap-engines --example supervisor_cost -- target/release/scap

# CANARY_SIM: path of the reference simulation, to measure beside it.
bench-canary: ## delay of detection and false alarms in the demo's shape, on a simulated clock
	$(CARGO) run --quiet --release --locked -p scap-run --example canary_delay -- --requests-per-second 660 \
		--canary-share 0.166667 --fault 0.02 --tick-milliseconds 1000 --lag-milliseconds 0 --undo-milliseconds 0 \
		--longest-seconds 60 --rollouts 20000
	$(BENCH) rollouts --rollouts 20000
	$(BENCH) rollouts --rollouts 20000 --fault 0.02
	$(if $(CANARY_SIM),python3 bench/canary_reference.py $(CANARY_SIM) 20000)

CELLS = $(CARGO) run --quiet --release --locked -p scap-run --example canary_cells --

bench-evidence: ## the evidence beside the rules of the field, on the streams of the reference simulation
	$(CELLS)
	$(CELLS) --missed-seconds 300
	$(CELLS) --without-signatures
	$(CELLS) --fitted
	$(CELLS) --tick-seconds 5
	$(CELLS) --show hardships
	$(CELLS) --show questions

bench-demo: ## delay of detection in the demo's real path
	bench/demo_delay.sh 50

bench-kubernetes: ## on real pods, for which it brings the real parts up: how long a bad canary serves, what scap adds to helmfile, planning beside helmfile
	dev/build
	dev/up
	dev/run bench/kubernetes_delay.sh 10 0.02 0 bench/checks_scraped.yaml
	dev/run bench/kubernetes_added.sh 5
	dev/run $(CARGO) test --release --locked -p scap-engines --test kubernetes -- --ignored --nocapture many
	dev/down

# TEXT: folders of real text without a secret of ours; the more, the better.
TEXT ?= crates docs

bench-mask: ## what masking and filtering output cost, and how often the mask hides what is no secret
	$(CARGO) run --quiet --release --locked -p scap-mask --example masking -- $(TEXT)

bench-streaming: page ## lines to many viewers, beside a server that polls and re-reads; ends of rights on 100 open streams; in Chromium
	$(CARGO) build --quiet --release --locked -p scap
	$(CARGO) build --quiet --release --locked -p spiderpig-web --example viewers
	bench/streaming/run target/release/scap web/dist

bench-history: page ## the page's history of 1,000 and of 100,000 runs; in memory, as writing them durably takes long
	$(CARGO) build --quiet --release --locked -p scap
	$(CARGO) build --quiet --release --locked -p scap-execute --example bench
	TMPDIR=/dev/shm bench/streaming/history target/release/scap web/dist target/release/examples/bench

mutants: ## changes decide and apply in every small way; each must be noticed
	@command -v cargo-mutants >/dev/null || $(CARGO) install --locked cargo-mutants
	$(CARGO) mutants --package scap-run --file 'crates/scap-run/src/apply*' --file 'crates/scap-run/src/apply/*' \
		--file 'crates/scap-run/src/decide*' --file 'crates/scap-run/src/decide/*' -- --test run

defects: ## plants defects one at a time; the simulation must find each
	bench/simulation_defects.py

recordings: ## journals as this version writes them, for all that come; once when it is released
	SCAP_RECORDINGS=$(CURDIR)/crates/scap-journal/tests/recorded/$(VERSION) \
		$(CARGO) test --locked -p scap-execute --test simulation record_journals -- --ignored

chaos: chaos-simulation chaos-kills chaos-claims chaos-flips chaos-storage chaos-aborts chaos-output chaos-parsers chaos-mask chaos-answers ## every fault by the thousands; `make test` has a sample of each

chaos-simulation: ## a million seeds of the real decide, driver and journal in a world of faults; memory stays with the process that used it
	MALLOC_TRIM_THRESHOLD_=1000000000 MALLOC_TOP_PAD_=64000000 MALLOC_MMAP_THRESHOLD_=1000000000 \
		SCAP_SIMULATION_SEEDS=1000000 $(CARGO) test --release --locked -p scap-execute --test simulation every_invariant

chaos-kills: strace ## the real binary, killed at each kind of point and again while it recovers
	SCAP_CHAOS_KILLS=1500 $(CARGO) test --release --locked -p scap --test chaos

chaos-claims: ## 64 claimants of 10,000 runs, killed, stopped and with clocks that jump
	SCAP_CHAOS_CLAIMS=10000 $(CARGO) test --release --locked -p scap-journal claim

chaos-answers: ## 64 people who answer the same question at once, 1,000 times; in memory, as each answer is a commit
	TMPDIR=/dev/shm SCAP_CHAOS_ANSWERS=1000 $(CARGO) test --release --locked -p scap-execute --test answers -- --nocapture

chaos-flips: ## one-bit flips in the journal's files
	SCAP_CHAOS_FLIPS=1000 $(CARGO) test --release --locked -p scap-journal flip

chaos-storage: ## disks that fail, are full or slow, at each of the first calls
	SCAP_CHAOS_CALLS=90 $(CARGO) test --release --locked -p scap-journal storage

chaos-aborts: ## aborts of trees that do not want to go
	SCAP_CHAOS_ABORTS=500 $(CARGO) test --release --locked -p scap-engines --test process abort

chaos-output: ## programs that write without end
	SCAP_CHAOS_OUTPUT_BYTES=10000000000 SCAP_CHAOS_PROGRAMS=10000 $(CARGO) test --release --locked -p scap-engines --test process output

chaos-parsers: ## hostile input for everything that reads
	SCAP_FUZZ_INPUTS=250000 $(CARGO) test --release --locked --workspace hostile

chaos-mask: ## 26 encodings of 200 secrets, cut at every place and at random ones; hostile output through mask and filter
	SCAP_CHAOS_SPLITS=1000000 $(CARGO) test --release --locked -p scap-mask --test masking splits
	SCAP_FUZZ_INPUTS=1000000 $(CARGO) test --release --locked -p scap-mask --test terminal hostile
