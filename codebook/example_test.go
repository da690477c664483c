package codebook_test

import (
	"fmt"

	"github.com/rebound-mail/rebound/codebook"
)

func ExampleCodebook_Reason() {
	info, _ := codebook.Default().Reason(codebook.MailboxFull)
	fmt.Println(info.Category, info.Decision.Permanent)
	// Output: recipient count
}

func ExampleCodebook_ProviderByHost() {
	fmt.Println(codebook.Default().ProviderByHost("alt1.gmail-smtp-in.l.google.com").ID)
	// Output: gmail
}

func ExampleNew() {
	book, err := codebook.New(codebook.Records{
		Phrases: []codebook.Phrase{{ID: "ours/parked", Words: []string{"(mailbox|account) is parked"}, Reason: codebook.MailboxDisabled}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(book.Rules()), book.Rule(0).Phrase.Reason)
	// Output: 1 mailbox-disabled
}

func ExampleCodebook_Search() {
	hits := codebook.Default().Search("greylsited")
	fmt.Println(hits[0].Kind, hits[0].ID)
	// Output: reason greylisted
}
