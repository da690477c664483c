# make run    the server, its data in ./data     make build     the program, ./rebound
# make test   everything that CI runs            make generate  codebook/data -> tables, automaton, reference pages
# make bench  the figures of the README          make fuzz      each fuzz target for FUZZTIME
# make screenshots  the pictures of the README
.PHONY: run explain build test lint generate check-generated test-tools bench fuzz screenshots

GO       ?= go
FUZZTIME ?= 60s
GENERATE  = $(GO) run -tags rebound_bootstrap ./internal/authoring/cmd/gencodebook

# make run ARGS="--smtp-listen 127.0.0.1:2525" adds settings; make explain shows what needs no server.
run:
	$(GO) run ./cmd/rebound serve --data ./data $(ARGS)

explain:
	$(GO) run ./cmd/rebound explain "550 5.7.26 Unauthenticated email from example.com is not accepted due to domain's DMARC policy"
	$(GO) run ./cmd/rebound explain "452 4.2.2 The email account that you tried to reach is over quota"
	$(GO) run ./cmd/rebound explain 541

# With the time zones in it, the program runs where there is nothing else.
build:
	CGO_ENABLED=0 $(GO) build -trimpath -tags timetzdata -o rebound ./cmd/rebound

test: test-tools lint check-generated
	REBOUND_EXIM="$$(command -v exim4 || echo $(CURDIR)/.test-tools/usr/sbin/exim4)" $(GO) test -race -timeout 25m ./...

lint:
	@unformatted=$$(gofmt -l $$(git ls-files --cached --others --exclude-standard '*.go')); \
	if [ -n "$$unformatted" ]; then echo "not gofmt-clean:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

generate:
	$(GENERATE)

check-generated:
	$(GENERATE) -check

test-tools:
	.ci/test-tools

bench:
	$(GO) test -run='^$$' -bench=. -benchmem ./...

# Targets of one package run one after another: go test fuzzes one at a time.
fuzz:
	@set -e; for pkg in $$($(GO) list ./...); do \
	  for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "$$pkg $$target"; $(GO) test -run='^$$' -fuzz="^$$target\$$" -fuzztime=$(FUZZTIME) -fuzzminimizetime=10x $$pkg; \
	  done; \
	done

# The pictures of the README, over a month of invented mail. They need Chromium.
screenshots:
	REBOUND_PICTURES=$(CURDIR)/docs/images $(GO) test -count=1 -run='^TestPictures$$' ./internal/web/ui/browsertest
