package cli

type scanCmd struct{}

func (c *scanCmd) Run(s *streams) error { return usage("scan is not there yet") }
