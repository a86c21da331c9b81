package assistant

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/service"
)

const (
	maxTextBytes   = 1 << 20
	maxAttachments = 16
	maxURLBytes    = 2 << 10
)

// Where an answer is being made (RunRecord.Where).
const (
	WhereRuntime = "runtime" // by the engine that lives with the assistant
	WhereKai     = "kai"     // by the companion
)

// send keeps a question and starts its answer.
func (a *Assistant) send(ctx context.Context, in Send) (Sent, error) {
	if err := checkSend(&in); err != nil {
		return Sent{}, err
	}
	if viewOf(ctx) == contextRuntime {
		ctx = WithView(ctx, in.Context)
	}
	now, err := a.conversationFor(ctx, in)
	if err != nil {
		return Sent{}, err
	}
	t, err := a.choose(ctx, in.Service, in.Model, now.Body) // may ask the service: not under the lock
	if err != nil {
		return Sent{}, err
	}
	if in.Tools {
		t.tools = a.offered(ctx, t)
	}
	if err := a.lock(ctx); err != nil {
		return Sent{}, err
	}
	defer a.unlock()
	c, err := a.conversationFor(ctx, in)
	if err != nil {
		return Sent{}, err
	}
	if a.answering(c.Body.ID) {
		return Sent{}, fault.New(fault.Conflict, "an answer is still being made in this conversation").
			WithField("conversation").WithRemedy("stop it first, or wait for its end")
	}
	return a.ask(ctx, in, c, t)
}

// ask writes the question with an empty answer and starts the run. The caller holds the lock.
func (a *Assistant) ask(ctx context.Context, in Send, c kept[Conversation], t target) (Sent, error) {
	history, parent, err := a.before(ctx, in, c.Body)
	if err != nil {
		return Sent{}, err
	}
	question := Message{
		ID: a.newID(parent, in.Edit), Conversation: c.Body.ID, Parent: parent, Role: "user", Text: in.Text,
		Attachments: in.Attachments, Created: a.stamp(),
	}
	if in.Edit != "" {
		c.Body.Branch = question.ID
	}
	answer := Message{
		ID: a.newID(question.ID), Conversation: c.Body.ID, Parent: question.ID, Role: "assistant", Created: question.Created,
	}
	c.Body.Updated = max(c.Body.Updated, question.Created)
	if in.Knowledge != nil {
		c.Body.Knowledge = in.Knowledge
	}
	chat, err := a.prompt(ctx, t, c.Body, append(history, question))
	if err != nil {
		return Sent{}, err
	}
	asked := draft{record.KindMessage, question.ID, question, ""}
	started, err := a.begin(ctx, c, kept[Message]{Body: answer}, t, chat, asked)
	return Sent{started.conversation, question, started.answer, started.run}, err
}

// before gives what a question follows: the messages of its path, and the last of them.
func (a *Assistant) before(ctx context.Context, in Send, c Conversation) (history []Message, parent string, err error) {
	if history, err = a.history(ctx, c, in.Edit); err != nil {
		return nil, "", err
	}
	if in.Edit == "" {
		return history, lastOf(history), nil
	}
	if lastOf(history) != in.Edit || history[len(history)-1].Role != "user" {
		return nil, "", fault.New(fault.NotFound, "the question that was edited is not in this conversation").WithField("edit").
			WithRemedy("ask in a new message")
	}
	edited := history[len(history)-1]
	history = history[:len(history)-1]
	if edited.Parent == "" {
		return history, lastOf(history), nil
	}
	return history, edited.Parent, nil
}

func lastOf(messages []Message) string {
	if len(messages) == 0 {
		return First
	}
	return messages[len(messages)-1].ID
}

// begun is what begin made.
type begun struct {
	conversation Conversation
	answer       Message
	run          string
}

// begin writes what is new in one batch and starts the run that fills the answer. The caller holds the lock.
func (a *Assistant) begin(ctx context.Context, c kept[Conversation], answer kept[Message], t target, chat service.ChatRequest, more ...draft) (begun, error) {
	where, err := a.where(t.service.Body.Kind)
	if err != nil {
		return begun{}, err
	}
	s := t.service.Body
	c.Body.Service, c.Body.Model, c.Body.Archived = s.ID, t.model, false // what goes on is in the list
	c.Body.shelve()
	m := &answer.Body
	m.Run, m.State, m.Service, m.Model = a.newID(m.ID), run.StateRunning, s.ID, t.model
	rec := RunRecord{
		ID: m.Run, Conversation: c.Body.ID, Message: m.ID, State: run.StateRunning,
		Where: where, Service: s.ID, Model: t.model, Created: a.stamp(), Tools: len(t.tools) > 0,
	}
	drafts := append([]draft{
		{record.KindMessage, m.ID, *m, answer.Version},
		{record.KindRun, rec.ID, rec, ""},
		{record.KindConversation, c.Body.ID, c.Body, c.Version},
	}, more...)
	if s.Model != t.model {
		s.Model = t.model
		drafts = append(drafts, draft{record.KindService, s.ID, s, a.versionOf(ctx, record.KindService, s.ID)})
	}
	versions, err := a.commit(ctx, NewsData{Run: runNews(rec)}, drafts...)
	if err != nil {
		return begun{}, err
	}
	spec := run.Spec{ID: rec.ID, Service: s.Spec, Chat: chat}
	f := newFollower(a, kept[Message]{*m, versions[0]}, kept[RunRecord]{rec, versions[1]}, &spec)
	f.from = protocol.TraceOf(ctx)
	return begun{c.Body, *m, rec.ID}, a.follow(f)
}

// where says who makes the next answer: the companion when it is there, because it outlives the browser, and can ask the service.
func (a *Assistant) where(kind string) (string, error) {
	here, companion := a.runners()
	switch {
	case companion != nil && kind != service.BuiltIn:
		return WhereKai, nil
	case here != nil:
		return WhereRuntime, nil
	default:
		return "", fault.New(fault.Unavailable, "nothing can make answers now").WithRemedy("restart kAI")
	}
}

// conversationFor reads the conversation that is written to, or makes a new one.
func (a *Assistant) conversationFor(ctx context.Context, in Send) (kept[Conversation], error) {
	if in.Conversation != "" || in.Edit != "" {
		c, err := a.usable(ctx, in.Conversation)
		return c, named(err, "conversation")
	}
	title := titleFrom(in.Text)
	if title == "" {
		title = titleFrom(in.Attachments[0].Title)
	}
	if title == "" {
		title = titleFrom(in.Attachments[0].URL)
	}
	if title == "" {
		title = "Untitled"
	}
	now := a.stamp()
	c := Conversation{ID: a.newID(), Title: title, Created: now, Updated: now}
	if in.Tuning != nil {
		c.Tuning = *in.Tuning
	}
	return kept[Conversation]{Body: c}, nil
}

// checkSend validates what a view sends and cuts attachments to size.
func checkSend(in *Send) error {
	if strings.TrimSpace(in.Text) == "" && len(in.Attachments) == 0 {
		return fault.New(fault.Invalid, "there is nothing to send").WithField("text").WithRemedy("write a question")
	}
	if len(in.Text) > maxTextBytes {
		return fault.New(fault.Exhausted, "a message has at most %d KB", maxTextBytes>>10).WithField("text").
			WithRemedy("shorten it, or send it in parts")
	}
	if len(in.Model) > maxNameBytes {
		return fault.New(fault.Invalid, "a model's name has at most %d bytes", maxNameBytes).WithField("model").
			WithRemedy("choose a model from the list")
	}
	if len(in.Attachments) > maxAttachments {
		return fault.New(fault.Exhausted, "a message has at most %d attachments", maxAttachments).WithField("attachments").
			WithRemedy("leave some out")
	}
	for i := range in.Attachments {
		if err := checkAttachment(&in.Attachments[i], fmt.Sprintf("attachments[%d]", i)); err != nil {
			return err
		}
	}
	if in.Tuning == nil {
		return nil
	}
	return in.Tuning.check()
}

func checkAttachment(at *Attachment, field string) error {
	if at.Type == TypeImage {
		return checkPicture(at, field)
	}
	at.Blob = ""
	if at.Type != "page" && at.Type != "selection" && at.Type != attachedPassage {
		return fault.New(fault.Invalid, "an attachment is a page, a selection, a passage or an image").WithField(field + ".type")
	}
	if strings.TrimSpace(at.Text) == "" {
		return fault.New(fault.Invalid, "the attachment has no text").WithField(field + ".text").
			WithRemedy("this page has nothing that can be read; select the text and try again")
	}
	at.Title, at.URL = cutText(oneLine(at.Title), maxTitleRunes), cutText(oneLine(at.URL), maxURLBytes)
	if whole := at.Text; len(whole) > MaxAttachmentBytes {
		at.Text, at.Truncated = cutText(whole, MaxAttachmentBytes), true
	}
	return nil
}

// cutText cuts text to at most n bytes at a character boundary.
func cutText(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}
