package intake

import (
	"context"

	"github.com/rebound-mail/rebound/internal/spool"
)

// Spool is what sources need of a spool.Spool.
type Spool interface {
	// Append takes reports in. When it returns nil they are durable; on an error
	// none of them counts as accepted. See spool.Spool.
	Append(ctx context.Context, reports ...spool.Report) error
}

// Source is a way by which reports come in.
type Source interface {
	// Run works until ctx ends, and then returns nil after what is in flight is
	// settled. Other errors mean that it cannot work at all, such as an address
	// that is taken; what may pass is retried and shown in Status. It is called
	// once; nothing that it started outlives it.
	Run(ctx context.Context) error
	// Status says how the source fares. It may be called at any time.
	Status() Status
}
