package cli

import (
	"runtime"
	"sync"
)

// ordered runs work on all cores and hands the results on in the order of the
// jobs. produce gives jobs to its argument until that returns false; it runs
// beside the rest. consume runs on the caller's goroutine; an error ends
// everything and is returned. At most a few jobs a core are under way, so memory
// does not grow with their number.
func ordered[J, R any](produce func(give func(J) bool), work func(J) R, consume func(R) error) error {
	type slot struct {
		job  J
		done chan R
	}
	workers := runtime.GOMAXPROCS(0)
	queue, pending := make(chan slot), make(chan slot, 2*workers)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for s := range queue {
				s.done <- work(s.job)
			}
		})
	}
	wg.Go(func() {
		defer close(pending)
		defer close(queue)
		produce(func(j J) bool {
			s := slot{j, make(chan R, 1)}
			for _, next := range [...]chan slot{pending, queue} {
				select {
				case next <- s:
				case <-stop:
					return false
				}
			}
			return true
		})
	})
	defer wg.Wait()
	defer close(stop)
	for s := range pending {
		if err := consume(<-s.done); err != nil {
			return err
		}
	}
	return nil
}
