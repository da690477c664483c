//go:build !unix

package app_test

const workerVariable = "REBOUND_TEST_APP_DIR"

func work() int { return 1 }
