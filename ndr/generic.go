package ndr

// readGeneric reads reports that no decoder knows.
func readGeneric(*Mail) (Report, bool) { return Report{}, false }
