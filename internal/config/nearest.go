package config

import "fmt"

// didYouMean is the hint for an unknown name, "" if no known one is near.
func didYouMean(got string, known []string) string {
	if len(got) > 100 {
		return ""
	}
	best, least := "", len(got)/3+2
	for _, name := range known {
		if d := distance(got, name); d < least {
			best, least = name, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %s?)", best)
}

// distance counts letters wrong, missing or too many.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
