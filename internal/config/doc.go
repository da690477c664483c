// Package config is what an operator may choose: one struct whose fields are
// flags, environment variables and keys of a YAML file at once.
//
//	rebound serve --smtp-listen :25        flag
//	REBOUND_SMTP_LISTEN=:25                environment
//	smtp-listen: ":25"                     file, named by --config or REBOUND_CONFIG
//
// A flag wins over the environment, that over the file, that over the default.
// What is not known is an error that names the place and the nearest setting;
// all that is wrong is told at once. The table in docs/operations.md is made of
// the same tags as the flags are.
//
// Lists of things with several properties, such as mailboxes, are repeated: as
// flags one item each, written --imap host=mail.example.com,user=bounces; in the
// environment with a line break or semicolon between items; in the file as a
// list of mappings. Secrets can be read from files, by the property of the same
// name with -file behind.
package config
