package exchange

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

// Probe runs ask within the probe's time and turns what it found into a Health. It returns an error only when ctx ended.
func (c *Client) Probe(ctx context.Context, ask func(ctx context.Context) (service.Health, error)) (service.Health, error) {
	start := c.Now()
	within, cancel := context.WithTimeout(ctx, c.Limits.Probe)
	defer cancel()
	health, err := ask(within)
	if ctx.Err() != nil {
		return service.Health{}, ctx.Err()
	}
	if err != nil {
		health = c.diagnose(err)
	} else if health.Detail == "" {
		health.Detail = fmt.Sprintf("%s answers at %s.", upper(c.Dialect.Name), c.Base)
	}
	health.Millis = c.Now().Sub(start).Milliseconds()
	return health, nil
}

// diagnose names the state behind a fault.
func (c *Client) diagnose(err error) service.Health {
	if errors.Is(err, context.DeadlineExceeded) {
		err = fault.New(fault.Timeout, "something at %s takes the connection, but said nothing for %s", c.Base, spoken(c.Limits.Probe)).
			WithRemedy("restart %s, or check the address", c.Dialect.Name)
	}
	if code := fault.CodeOf(err); code == fault.NotFound || code == fault.Invalid {
		err = c.wrong(nil, err) // the health path itself is unknown there
	}
	f := fault.Public(err)
	detail := strings.TrimSpace(sentence(f.Message) + " " + sentence(f.Remedy))
	return service.Health{State: state(err, f.Code), Detail: detail}
}

func state(err error, code fault.Code) service.State {
	var refusal *Refusal
	var cut *broken
	if errors.As(err, &cut) || (errors.As(err, &refusal) && refusal.trouble()) {
		return service.StateError
	}
	switch code {
	case fault.Unavailable:
		return service.StateOffline
	case fault.Forbidden:
		return service.StateForbidden
	case fault.Unauthorized:
		return service.StateUnauth
	case fault.Timeout:
		return service.StateTimeout
	case fault.Malformed:
		return service.StateWrong
	default:
		return service.StateError
	}
}

// sentence gives text a capital and a full stop.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	text = upper(text)
	if last, _ := utf8.DecodeLastRuneInString(text); !unicode.IsPunct(last) || last == ')' || last == '”' {
		text += "."
	}
	return text
}

func upper(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}
