package runtest

import (
	"context"

	"github.com/kindos/kai/shared/service"
)

// Gateway is a model server whose answers the test speaks: each Chat appears on Chats and says what it is told. Other
// methods are not used by runs and panic.
type Gateway struct {
	service.Gateway
	Chats chan *Chat
}

// NewGateway makes a gateway.
func NewGateway() *Gateway { return &Gateway{Chats: make(chan *Chat, 256)} }

// Chat is one answer being asked for.
type Chat struct {
	Spec    service.Spec
	Request service.ChatRequest
	Gone    <-chan struct{} // closed when nobody wants the answer any more

	say chan service.ChatDelta
	end chan ending
}

type ending struct {
	result service.ChatResult
	err    error
}

// Chat hands the request to the test and says what the test tells it to.
func (g *Gateway) Chat(ctx context.Context, s service.Spec, r service.ChatRequest, emit func(service.ChatDelta) error) (service.ChatResult, error) {
	c := &Chat{Spec: s, Request: r, Gone: ctx.Done(), say: make(chan service.ChatDelta), end: make(chan ending)}
	g.Chats <- c
	for {
		select {
		case d := <-c.say:
			if err := emit(d); err != nil {
				return service.ChatResult{}, err
			}
		case e := <-c.end:
			return e.result, e.err
		case <-ctx.Done():
			return service.ChatResult{}, ctx.Err()
		}
	}
}

// Say says text, unless nobody wants the answer any more.
func (c *Chat) Say(texts ...string) {
	for _, text := range texts {
		c.Delta(service.ChatDelta{Text: text})
	}
}

// Delta says anything.
func (c *Chat) Delta(d service.ChatDelta) {
	select {
	case c.say <- d:
	case <-c.Gone:
	}
}

// End ends the answer.
func (c *Chat) End(result service.ChatResult, err error) {
	select {
	case c.end <- ending{result, err}:
	case <-c.Gone:
	}
}
