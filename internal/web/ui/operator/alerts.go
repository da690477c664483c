package operator

import (
	"cmp"
	"slices"

	"github.com/rebound-mail/rebound/internal/reputation"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
)

// alertsView lists alerts.
type alertsView struct {
	Open  []alertView
	Ended []store.Alert
}

// alertView is an alert, and others that the same mail raised: a domain that has one
// address and one stream raises three.
type alertView struct {
	store.Alert
	Also []store.Alert
}

const maxAlerts = 300

func (o *Operator) alerts(v *visit) error {
	all, err := o.o.Store.Alerts(v.r.Context(), false, maxAlerts)
	if err != nil {
		return err
	}
	open, err := o.o.Store.Alerts(v.r.Context(), true, maxAlerts)
	if err != nil {
		return err
	}
	ended := slices.DeleteFunc(all, func(a store.Alert) bool { return a.Ended.IsZero() })
	return v.show("alerts", v.page("Alerts", "alerts", alertsView{grouped(open), ended}))
}

// grouped orders alerts, the critical first and of these the widest, and joins those
// that the same mail raised: of the same kind and to the last digit the same figure.
func grouped(open []store.Alert) []alertView {
	rank := func(a alertView) int {
		n := 0
		if a.Level != string(policy.Critical) {
			n = 2
		}
		if a.Kind != string(reputation.Blocked) && a.Subject != "total" && a.Subject != "" {
			n++
		}
		return n
	}
	type mail struct {
		kind, level string
		figure      float64
	}
	var list []alertView
	at := map[mail]int{}
	for _, a := range open {
		key := mail{a.Kind, a.Level, a.Value}
		if i, ok := at[key]; ok && a.Subject != "" {
			list[i].Also = append(list[i].Also, a)
			continue
		}
		at[key] = len(list)
		list = append(list, alertView{Alert: a})
	}
	slices.SortStableFunc(list, func(a, b alertView) int { return cmp.Compare(rank(a), rank(b)) })
	return list
}

// shownAlerts is how many alerts the dashboard shows unfolded.
const shownAlerts = 3

// worst parts the alerts that matter most from the others.
func worst(open []store.Alert) (first, others []alertView) {
	list := grouped(open)
	n := min(len(list), shownAlerts)
	return list[:n], list[n:]
}
