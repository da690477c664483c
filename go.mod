module github.com/rebound-mail/rebound

go 1.26
