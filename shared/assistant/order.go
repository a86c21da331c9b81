package assistant

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/kindos/kai/shared/record"
)

// stamp is the time now as text. It does not go back while the assistant lives, also when the computer's clock does.
func (a *Assistant) stamp() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lastTime = max(a.lastTime, record.Time(a.deps.Now()))
	return a.lastTime
}

// newID makes an id that sorts after every id made before it and after the given ones, whatever the clock says: the
// order of ids is the order of a conversation.
func (a *Assistant) newID(after ...string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lastID = record.IDAfter(a.deps.NewID(), append(after, a.lastID)...)
	return a.lastID
}

// versionAfter stamps a record whose stored version is held. A clock set back by more than the clock can bridge must not
// make the change lose, so the stored version is then counted on.
func (a *Assistant) versionAfter(held record.Version) record.Version {
	_ = a.deps.Clock.Observe(held) // a refusal is the case below
	if next := a.deps.Clock.Next(); next > held {
		return next
	}
	return successor(held, a.deps.Clock.Replica())
}

func successor(v record.Version, replica string) record.Version {
	parts := strings.SplitN(string(v), "-", 3)
	counter := int64(0)
	if len(parts) == 3 {
		counter, _ = strconv.ParseInt(parts[1], 16, 64)
	}
	wall := v.Wall()
	if counter++; counter > 0xffff {
		wall, counter = wall+1, 0
	}
	return record.Version(fmt.Sprintf("%012x-%04x-%s", wall, counter, replica))
}
