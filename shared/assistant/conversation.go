package assistant

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

const (
	titleRunes    = 60  // of a title made from the first words
	maxTitleRunes = 200 // of a title that a person gives
	defaultRows   = 50
	maxRows       = 500
)

// listConversations pages through the conversations that are in the list, or in the archive.
func (a *Assistant) listConversations(ctx context.Context, in ListConversations) (ConversationPage, error) {
	out := ConversationPage{Conversations: []Conversation{}}
	limit, err := rows(in.Limit)
	if err != nil {
		return out, err
	}
	q := store.Query{Kind: record.KindConversation, Index: "updated", Reverse: true, After: in.After}
	if in.Pinned {
		q.Index = "pinned"
	} else if in.Folder != "" {
		q.Index, q.From, q.To = "shelf", in.Folder+" ", in.Folder+"!" // what comes after a blank
	}
	for q.Limit = limit; q.Limit > 0; q.Limit = limit - len(out.Conversations) {
		page, err := a.deps.Store.List(ctx, q)
		if err != nil {
			return out, pageFault(err, "after")
		}
		for _, c := range readAll[Conversation](a, page.Records) {
			if c.Body.Trashed == "" && c.Body.Archived == in.Archived && c.Body.ID != "" { // without: kept for devices that let nobody here read it
				out.Conversations = append(out.Conversations, c.Body)
			}
		}
		out.Next, q.After = page.Next, page.Next
		if page.Next == "" {
			break
		}
	}
	return out, nil
}

func (a *Assistant) getConversation(ctx context.Context, in ByID) (Conversation, error) {
	c, err := get[Conversation](ctx, a, record.KindConversation, in.ID)
	return c.Body, err
}

// usable reads a conversation that is not in the trash.
func (a *Assistant) usable(ctx context.Context, id string) (kept[Conversation], error) {
	c, err := get[Conversation](ctx, a, record.KindConversation, id)
	if err == nil && c.Body.Trashed != "" {
		err = fault.New(fault.NotFound, "this conversation was deleted").WithField("conversation").
			WithRemedy("restore it first")
	}
	return c, err
}

func (a *Assistant) rename(ctx context.Context, in Rename) (Conversation, error) {
	title := oneLine(in.Title)
	switch n := utf8.RuneCountInString(title); {
	case n == 0:
		return Conversation{}, fault.New(fault.Invalid, "a title has at least one character").WithField("title").
			WithRemedy("write a few words")
	case n > maxTitleRunes:
		return Conversation{}, fault.New(fault.Invalid, "a title has at most %d characters", maxTitleRunes).
			WithField("title").WithRemedy("shorten it")
	}
	return a.editConversation(ctx, in.ID, func(c *Conversation) error {
		if c.Trashed != "" {
			return fault.New(fault.NotFound, "this conversation was deleted").WithField("id").WithRemedy("restore it first")
		}
		c.Title, c.Named = title, true
		return nil
	})
}

// editConversation reads, changes and writes one conversation.
func (a *Assistant) editConversation(ctx context.Context, id string, edit func(*Conversation) error) (Conversation, error) {
	if err := a.lock(ctx); err != nil {
		return Conversation{}, err
	}
	defer a.unlock()
	c, err := get[Conversation](ctx, a, record.KindConversation, id)
	if err != nil {
		return Conversation{}, err
	}
	before := c.Body
	if err := edit(&c.Body); err != nil || c.Body == before {
		return c.Body, err
	}
	_, err = a.commit(ctx, NewsData{}, draft{record.KindConversation, id, c.Body, c.Version})
	return c.Body, err
}

// titleFrom makes a title of the first words of a text.
func titleFrom(text string) string {
	text = oneLine(text)
	if utf8.RuneCountInString(text) <= titleRunes {
		return text
	}
	head := string([]rune(text)[:titleRunes])
	if text[len(head)] != ' ' {
		if space := strings.LastIndexByte(head, ' '); space > len(head)/3 {
			head = head[:space]
		}
	}
	return strings.TrimRight(head, " ,.;:-") + "…"
}

// oneLine folds every run of blanks and control characters into one space.
func oneLine(text string) string {
	clean := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "�"))
	return strings.Join(strings.Fields(clean), " ")
}

func rows(limit int) (int, error) {
	switch {
	case limit == 0:
		return defaultRows, nil
	case limit < 0 || limit > maxRows:
		return 0, fault.New(fault.Invalid, "a page has 1 to %d rows, not %d", maxRows, limit).WithField("limit").
			WithRemedy("ask for a smaller page")
	}
	return limit, nil
}

// pageFault names the field of the request that a store's refusal of a page is about.
func pageFault(err error, field string) error {
	if fault.CodeOf(err) == fault.Invalid {
		return fault.Wrap(fault.Invalid, err, "that is not the place where a page ended").WithField(field).
			WithRemedy("start again with the first page")
	}
	return fault.Wrap(fault.CodeOf(err), err, "the list cannot be read")
}
