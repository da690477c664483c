package codebook

import "slices"

// Sources returns the ids of the sources whose meaning is the reading in force,
// or of all of them where none says just that.
func (c *Code) Sources() []string {
	list := make([]string, 0, len(c.Meanings))
	for _, agree := range [...]bool{true, false} {
		for _, m := range c.Meanings {
			if m.Provider == "" && (!agree || m.Reason == c.Reason) && !slices.Contains(list, m.Source) {
				list = append(list, m.Source)
			}
		}
		if len(list) > 0 {
			return list
		}
	}
	return list
}
