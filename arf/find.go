package arf

import (
	"bytes"
	"strings"

	"github.com/rebound-mail/rebound/mailpart"
)

// Read finds the feedback report in a mail and reads it, whatever its form. ok is false if the mail is none.
func Read(root *mailpart.Part) (report *Report, ok bool) {
	s := survey(root)
	if len(s.reports) > 0 {
		report = s.labelled()
	}
	if report == nil && !s.other {
		report = s.unlabelled()
	}
	if report == nil && !s.other {
		report = s.inWords(root)
	}
	if report == nil {
		return nil, false
	}
	s.complete(report)
	report.readReturned(root)
	report.finish()
	return report, true
}

// places are the parts of a mail that matter.
type places struct {
	reports  []*mailpart.Part // labelled as a feedback report
	texts    []*mailpart.Part
	returned *mailpart.Part // the first enclosed message or header
	declared bool           // the mail says that it is a feedback report
	other    bool           // it is a report of another kind
}

func survey(root *mailpart.Part) *places {
	s := &places{declared: strings.EqualFold(root.Param("report-type"), "feedback-report")}
	root.Walk(func(part *mailpart.Part) bool {
		switch {
		case part.MediaType == "message/feedback-report" || part.MediaType == "text/feedback-report" || part.MediaType == "application/feedback-report":
			s.reports = append(s.reports, part)
		case part.IsMessage():
			if s.returned == nil && len(part.Children) > 0 {
				s.returned = part.Children[0]
			}
			return false
		case strings.HasSuffix(part.MediaType, "delivery-status") || strings.HasSuffix(part.MediaType, "disposition-notification"):
			s.other = true
		case part.IsText():
			s.texts = append(s.texts, part)
		}
		return true
	})
	return s
}

func (s *places) labelled() *Report {
	var blocks []mailpart.Header
	for _, part := range s.reports {
		blocks = append(blocks, part.Blocks()...)
	}
	r := Parse(blocks)
	r.Form, r.Part = FormARF, s.reports[0]
	if len(s.reports) > 1 {
		r.note(SeveralReportsMerged)
	}
	return r
}

// unlabelled looks for the fields in texts. They count only with both of the fields that RFC 5965 section 3.1 requires of every report.
func (s *places) unlabelled() *Report {
	for _, part := range s.texts {
		if !bytes.Contains(part.Content(), []byte("Feedback-Type:")) {
			continue // before anything costly
		}
		text := part.Plain()
		start := lineBeginning(text, "Feedback-Type:")
		agent := lineBeginning(text, "User-Agent:")
		if start < 0 || agent < 0 && !s.declared {
			continue
		}
		if lineBeginning(text[:start], "Received:") >= 0 || lineBeginning(text[:start], "Return-Path:") >= 0 {
			continue // a message returned as text
		}
		if agent >= 0 && agent < start && !strings.Contains(text[agent:start], "\n\n") {
			start = agent
		}
		blocks := mailpart.ParseBlocks([]byte(text[start:]))
		r := Parse(blocks[:min(len(blocks), 1)])
		r.Form, r.Part = FormUnlabeled, part
		r.note(Mislabelled)
		return r
	}
	return nil
}

// lineBeginning finds a line that begins with the given words, -1 if there is none.
func lineBeginning(text, words string) int {
	if strings.HasPrefix(text, words) {
		return 0
	}
	i := strings.Index(text, "\n"+words)
	if i < 0 {
		return -1
	}
	return i + 1
}

// complete adds the parts around the report.
func (s *places) complete(r *Report) {
	r.Returned = s.returned
	for _, part := range s.texts {
		if part != r.Part {
			r.Text = part
			return
		}
	}
}
