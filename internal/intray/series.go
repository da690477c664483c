package intray

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// LogFile is a log among others.
type LogFile struct {
	File
	Began time.Time // see LogSource.Began
}

// Series groups logs that continue each other, as mail.log.2.gz, mail.log.1 and
// mail.log do: those of one folder whose names differ in numbers and dates
// alone. The groups come in the order of their first members, the members of
// each in the order in which they were written: by the times in them, where all
// have different ones, else by their names.
func Series(logs []LogFile) [][]LogFile {
	var groups [][]LogFile
	index := make(map[string]int)
	for _, log := range logs {
		key := seriesOf(log.Name)
		i, known := index[key]
		if !known || log.Name == Stdin {
			i = len(groups)
			index[key] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], log)
	}
	for _, g := range groups {
		sortSeries(g)
	}
	return groups
}

func sortSeries(g []LogFile) {
	if len(g) < 2 {
		return
	}
	byTime := func(a, b LogFile) int { return a.Began.Compare(b.Began) }
	slices.SortStableFunc(g, func(a, b LogFile) int { return compareAges(a.Name, b.Name) })
	byName := slices.Clone(g)
	slices.SortStableFunc(g, byTime)
	for i := range g {
		if g[i].Began.IsZero() || i > 0 && g[i].Began.Equal(g[i-1].Began) {
			copy(g, byName)
			return
		}
	}
}

// shortestDate is how many digits behind letters are a date: MSGTRK2024010201-1.
const shortestDate = 6

// seriesOf returns what the names of logs that continue each other have in
// common: the folder, and the name without what rotation puts there.
func seriesOf(path string) string {
	folder, name := filepath.Split(path)
	name = unpackedName(name)
	if len(name) >= 25 && name[0] == '@' {
		return folder + "current" // multilog(8): @TAI64N.s beside current
	}
	var b strings.Builder
	for i := 0; i < len(name); {
		end := i
		for end < len(name) && '0' <= name[end] && name[end] <= '9' {
			end++
		}
		if end == i {
			b.WriteByte(name[i])
			i++
			continue
		}
		if end-i < shortestDate && i > 0 && isLetter(name[i-1]) {
			b.WriteString(name[i:end]) // mx1
		}
		i = end
	}
	return folder + strings.Join(strings.FieldsFunc(b.String(), func(r rune) bool { return r == '.' || r == '-' || r == '_' }), ".")
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// unpackedName takes off the ending that compression puts there.
func unpackedName(name string) string {
	for _, end := range [...]string{".gz", ".zst", ".zstd", ".bz2", ".Z"} {
		if short, ok := strings.CutSuffix(name, end); ok {
			return short
		}
	}
	return name
}

// compareAges orders names of one series from the oldest on. A number at the end
// counts the rotations since (mail.log.2 is older than mail.log.1); anything
// longer is a date or counts up. A name without numbers is being written to.
func compareAges(a, b string) int {
	an, bn := rotation(a), rotation(b)
	return cmp.Or(cmp.Compare(bn.current, an.current), cmp.Compare(an.date, bn.date), cmp.Compare(bn.turns, an.turns), cmp.Compare(a, b))
}

// turn is what a name says of the age of a log.
type turn struct {
	current int    // -1 for the one that is being written to
	date    string // digits of dates and of what counts up
	turns   int    // rotations since
}

func rotation(path string) turn {
	name := unpackedName(filepath.Base(path))
	var t turn
	if len(name) >= 25 && name[0] == '@' {
		t.date = name
		return t
	}
	parts := strings.FieldsFunc(name, func(r rune) bool { return r < '0' || r > '9' })
	last := ""
	if len(parts) > 0 && strings.HasSuffix(name, parts[len(parts)-1]) {
		last = parts[len(parts)-1]
	}
	if last != "" && len(last) <= 3 && len(parts) == 1 {
		for _, c := range last {
			t.turns = 10*t.turns + int(c-'0')
		}
		return t
	}
	t.date = strings.Join(parts, ".")
	if t.date == "" {
		t.current = -1
	}
	return t
}

// Rotations returns the logs in the folder of path that it continues, the oldest
// first, without path itself.
func Rotations(path string) []LogFile {
	folder := filepath.Dir(path)
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil
	}
	var logs []LogFile
	series := seriesOf(filepath.Join(folder, filepath.Base(path)))
	for _, e := range entries {
		name := filepath.Join(folder, e.Name())
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || e.Name() == filepath.Base(path) || seriesOf(name) != series {
			continue
		}
		if log, ok := openLog(named(name, info)); ok {
			logs = append(logs, log)
		}
	}
	sortSeries(logs)
	return logs
}

// openLog looks at the beginning of a file.
func openLog(f File) (LogFile, bool) {
	file, err := OpenFile(f)
	if err != nil {
		return LogFile{}, false
	}
	defer file.Close()
	src, err := Open(file, Options{Written: f.Written})
	if err != nil {
		return LogFile{}, false
	}
	log, ok := src.(*LogSource)
	if !ok {
		return LogFile{}, false
	}
	return LogFile{File: f, Began: log.Began}, true
}
