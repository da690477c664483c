package cli

import (
	"bufio"
	"encoding/json"
	"io"

	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/codebook"
)

// explainCmd says what a code, a reply or a piece of a bounce means.
type explainCmd struct {
	Text  string `arg:"" optional:"" help:"A code, a reply text, or - for standard input."`
	Lines bool   `help:"Each line of standard input is one reply; one verdict a line, in order."`
	JSON  bool   `help:"Write JSON." name:"json"`
}

func (c *explainCmd) Run(s *streams) error {
	cl := classify.New(codebook.Default())
	in := bufio.NewReaderSize(s.in, 1<<16)
	out := bufio.NewWriter(s.out)
	defer out.Flush()
	enc := json.NewEncoder(out)
	for {
		line, err := in.ReadString('\n')
		if line != "" {
			v := cl.Classify(classify.Input{Text: line})
			enc.Encode(v)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
