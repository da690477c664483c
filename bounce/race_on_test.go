//go:build race

package bounce

// raceEnabled: the race detector slows tests down tenfold; the long ones do
// less then.
const raceEnabled = true
