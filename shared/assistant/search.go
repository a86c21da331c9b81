package assistant

import (
	"context"
	"sort"
	"strings"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// maxSearchBytes bounds what somebody can look for at once.
const maxSearchBytes = 1 << 10

// search finds messages and titles that hold every word, newest first.
func (a *Assistant) search(ctx context.Context, in Search) (Found, error) {
	began := time.Now()
	out := Found{Hits: []FoundHit{}}
	limit, err := rows(in.Limit)
	if err != nil {
		return out, err
	}
	if len(in.Words) > maxSearchBytes {
		return out, fault.New(fault.Invalid, "a search has at most %d bytes", maxSearchBytes).WithField("words").
			WithRemedy("search for fewer words")
	}
	if err := a.corpus.load(ctx, a); err != nil {
		return out, fault.Wrap(fault.CodeOf(err), err, "the messages could not be read for searching")
	}
	words := store.Words(in.Words)
	if len(words) > 0 {
		titles, messages := a.corpus.find(words, limit)
		if out.Hits, err = a.hits(ctx, words, titles, messages); err != nil {
			return out, err
		}
	}
	out.Hits = out.Hits[:min(len(out.Hits), limit)]
	out.Millis = float64(time.Since(began).Microseconds()) / 1000
	return out, nil
}

// hits reads what was found and puts titles and messages into one order, newest first.
func (a *Assistant) hits(ctx context.Context, words []string, titles, messages []found) ([]FoundHit, error) {
	conversations, err := a.conversationsOf(ctx, append(titles, messages...))
	if err != nil {
		return nil, err
	}
	type dated struct {
		at  string
		hit FoundHit
	}
	var all []dated
	for _, f := range titles {
		if c, ok := conversations[f.conversation]; ok {
			all = append(all, dated{c.Updated, FoundHit{Conversation: c, Snippet: c.Title}})
		}
	}
	keys := make([]record.Key, len(messages))
	for i, f := range messages {
		keys[i] = record.Key{Kind: record.KindMessage, ID: f.message}
	}
	records, err := a.readLive(ctx, keys)
	if err != nil {
		return nil, err
	}
	for _, m := range readAll[Message](a, records) {
		c, ok := conversations[m.Body.Conversation]
		if !ok {
			continue
		}
		hit := FoundHit{Conversation: c, Message: m.Body.ID, Role: m.Body.Role, Snippet: snippet(m.Body.Text, words)}
		all = append(all, dated{m.Body.Created, hit})
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].at > all[j].at })
	out := make([]FoundHit, len(all))
	for i := range all {
		out[i] = all[i].hit
	}
	return out, nil
}

// snippet shows the text around the first match, as one line.
func snippet(text string, words []string) string {
	return strings.TrimSpace(store.Snippet(cutText(text, maxDocBytes), words))
}

func (a *Assistant) conversationsOf(ctx context.Context, hits []found) (map[string]Conversation, error) {
	out := map[string]Conversation{}
	var keys []record.Key
	for _, h := range hits {
		if _, ok := out[h.conversation]; !ok {
			out[h.conversation] = Conversation{}
			keys = append(keys, record.Key{Kind: record.KindConversation, ID: h.conversation})
		}
	}
	clear(out)
	records, err := a.readLive(ctx, keys)
	for _, c := range readAll[Conversation](a, records) {
		if c.Body.Trashed == "" {
			out[c.Body.ID] = c.Body
		}
	}
	return out, err
}

// readLive reads the records that are there and not deleted.
func (a *Assistant) readLive(ctx context.Context, keys []record.Key) ([]record.Record, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	records, err := a.deps.Store.Get(ctx, keys...)
	if err != nil {
		return nil, fault.Wrap(fault.CodeOf(err), err, "what was found cannot be read")
	}
	live := records[:0]
	for _, r := range records {
		if r.Version != "" && !r.Deleted {
			live = append(live, r)
		}
	}
	return live, nil
}
