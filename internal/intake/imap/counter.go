package imap

import "sync"

// counter is how many mails the mailbox has, as the server keeps telling. What it
// tells after the answer to SELECT may be heard before that answer.
type counter struct {
	mu     sync.Mutex
	known  bool
	mails  int
	before int // mails that went before the number was known
}

// open sets the number of the answer to SELECT, unless the server told another since.
func (c *counter) open(mails uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.known {
		c.known, c.mails = true, max(0, int(mails)-c.before)
	}
}

func (c *counter) set(mails uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known, c.mails = true, int(mails)
}

// gone notes that some mails have gone.
func (c *counter) gone(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.known {
		c.before += n
		return
	}
	c.mails = max(0, c.mails-n)
}

func (c *counter) count() uint32 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return uint32(c.mails)
}
