package moving

import (
	"encoding/json"
	"slices"

	"github.com/kindos/kai/shared/record"
)

// Limits of what is told.
const (
	maxTitles   = 5
	maxServices = 30
	maxWhere    = 5
	maxLeft     = 100
)

// Connection is a service as people may see it: without its key.
type Connection struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

// Left is what cannot come: what it is or why, how much of it, and where some of it was.
type Left struct {
	What  string   `json:"what"`
	Count int      `json:"count"`
	Where []string `json:"where"`
}

// Tally is what files hold, counted by kind.
type Tally struct {
	Sources  []string       `json:"sources"`
	Holds    map[string]int `json:"holds"`
	Titles   []string       `json:"titles"` // of some conversations
	Services []Connection   `json:"services"`
	Left     []Left         `json:"left"`
}

// NewTally is one of nothing.
func NewTally() *Tally {
	return &Tally{Sources: []string{}, Holds: map[string]int{}, Titles: []string{}, Services: []Connection{}, Left: []Left{}}
}

// Source notes from where a file is.
func (t *Tally) Source(name string) {
	if !slices.Contains(t.Sources, name) {
		t.Sources = append(t.Sources, name)
	}
}

// Add counts an item.
func (t *Tally) Add(i Item) {
	switch i.Type {
	case typeLeft:
		t.Leave(i.What, i.Where, max(i.N, 1))
	case typeRecords:
		for _, r := range i.Records {
			t.Holds[string(r.Kind)]++
			var body struct {
				Title string `json:"title"`
			}
			if r.Kind == record.KindConversation && len(t.Titles) < maxTitles && json.Unmarshal(r.Body, &body) == nil {
				t.Titles = append(t.Titles, body.Title)
			}
		}
	default:
		t.Holds[i.Type]++
		if i.Type == typeService && len(t.Services) < maxServices {
			t.Services = append(t.Services, Connection{i.Name, i.URL})
		}
	}
}

// Leave notes what cannot come.
func (t *Tally) Leave(what, where string, n int) {
	words := Reason(what)
	at := slices.IndexFunc(t.Left, func(l Left) bool { return l.What == words })
	if at < 0 {
		if len(t.Left) == maxLeft {
			return
		}
		t.Left, at = append(t.Left, Left{What: words, Where: []string{}}), len(t.Left)
	}
	t.Left[at].Count += n
	if len(t.Left[at].Where) < maxWhere {
		t.Left[at].Where = append(t.Left[at].Where, where)
	}
}
