package reputation_test

import (
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// began is when the clocks of tests start. It is not changed.
var began = time.Date(2026, 3, 2, 10, 5, 0, 0, time.UTC)
