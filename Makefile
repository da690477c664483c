# make run    explains a few real replies        make build     the program, ./rebound
# make test   everything that CI runs            make generate  codebook/data -> tables, automaton, reference pages
# make bench  the figures of the README          make fuzz      each fuzz target for FUZZTIME
.PHONY: run build test lint generate check-generated race-tools bench fuzz

GO       ?= go
FUZZTIME ?= 60s
GENERATE  = $(GO) run -tags rebound_bootstrap ./internal/authoring/cmd/gencodebook

run:
	$(GO) run ./cmd/rebound explain "550 5.7.26 Unauthenticated email from example.com is not accepted due to domain's DMARC policy"
	$(GO) run ./cmd/rebound explain "452 4.2.2 The email account that you tried to reach is over quota"
	$(GO) run ./cmd/rebound explain 541

build:
	CGO_ENABLED=0 $(GO) build -trimpath -o rebound ./cmd/rebound

test: race-tools lint check-generated
	$(GO) test -race ./...

lint:
	@unformatted=$$(gofmt -l $$(git ls-files --cached --others --exclude-standard '*.go')); \
	if [ -n "$$unformatted" ]; then echo "not gofmt-clean:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

generate:
	$(GENERATE)

check-generated:
	$(GENERATE) -check

# The race detector needs a C compiler.
race-tools:
	@command -v "$${CC:-gcc}" >/dev/null 2>&1 || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq gcc libc6-dev >/dev/null; \
	  else echo "the race detector needs a C compiler: install gcc"; exit 1; fi; }

bench:
	$(GO) test -run='^$$' -bench=. -benchmem ./...

# Targets of one package run one after another: go test fuzzes one at a time.
fuzz:
	@set -e; for pkg in $$($(GO) list ./...); do \
	  for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "$$pkg $$target"; $(GO) test -run='^$$' -fuzz="^$$target\$$" -fuzztime=$(FUZZTIME) -fuzzminimizetime=10x $$pkg; \
	  done; \
	done
