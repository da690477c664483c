// Package e2e tests the built program as its users run it: as a process of its
// own, over its listeners, on a data directory. It is killed at random moments,
// told to stop, run on a full disk, attacked from the network, and fed by a real
// mail server. What one package can show by itself is tested there.
package e2e
