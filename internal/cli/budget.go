package cli

import "sync"

// budget bounds the bytes under way. One taker may have more than all of it if
// nobody else has any.
type budget struct {
	mu         sync.Mutex
	freed      sync.Cond
	free, size int64
}

func (b *budget) init(size int64) { b.free, b.size, b.freed.L = size, size, &b.mu }

func (b *budget) take(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.free < n && b.free < b.size {
		b.freed.Wait()
	}
	b.free -= n
}

func (b *budget) release(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.free += n
	b.freed.Signal()
}
