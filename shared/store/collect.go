package store

import "github.com/kindos/kai/shared/record"

// PageRows puts a page together for a backend whose query gives rows in order, one more than the page holds.
type PageRows struct {
	Page Page
	q    Query
	key  string // of the last row that was taken
}

// NewPageRows begins the page of a query that CheckQuery has completed.
func NewPageRows(q Query) PageRows { return PageRows{Page: Page{Records: []record.Record{}}, q: q} }

// Add takes the next row with its key in the order. The one too many only says that there is a next page.
func (p *PageRows) Add(r record.Record, key string) {
	if len(p.Page.Records) < p.q.Limit {
		p.Page.Records, p.key = append(p.Page.Records, r), key
		return
	}
	if p.q.Index == "" {
		p.key = ""
	}
	p.Page.Next = NextCursor(p.q, p.key, p.Page.Records[p.q.Limit-1].ID)
}

// Add takes the next row of the change feed; one more than limit only says that there are more.
func (f *Feed) Add(r record.Record, seq uint64, limit int) {
	if len(f.Records) == limit {
		f.More = true
		return
	}
	f.Records, f.Seq = append(f.Records, r), seq
}
