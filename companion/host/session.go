package host

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
)

// refusalTime bounds how long a browser may take to say the hello that a refusal answers.
const refusalTime = 5 * time.Second

// Session is one run of `kai host`.
type Session struct {
	In      io.Reader // the browser's frames
	Out     io.Writer // ours; nothing else may be written there
	Starter Starter   // leads to kai
}

// Run passes frames both ways until the browser or kai goes away; the browser leaving is no error. When kai cannot be
// reached the browser's hello is answered with the reason, so that the extension can show it.
func (s Session) Run(ctx context.Context) error {
	s.Starter = s.Starter.withDefaults()
	browser := protocol.NewStdioConn(s.In, s.Out)
	kai, err := s.Starter.Connect(ctx)
	if err != nil {
		s.Starter.Log.Warn("kai cannot be reached", "error", err)
		s.refuse(ctx, browser, err)
		return err
	}
	defer func() { _ = kai.Close() }()
	s.Starter.Log.Info("a browser is connected")
	err = pass(ctx, browser, kai)
	s.Starter.Log.Info("a browser's connection ended", "error", err)
	return err
}

// pass copies frames both ways until one side ends, and says which and why: nil when the browser left. The goroutine that
// still waits for the browser's next frame ends with the process: a read of a pipe cannot be interrupted everywhere.
func pass(ctx context.Context, browser, kai protocol.Conn) error {
	fromBrowser, fromKai := make(chan error, 1), make(chan error, 1)
	go func() { fromBrowser <- copyFrames(ctx, kai, browser, "kai", "the browser") }()
	go func() { fromKai <- copyFrames(ctx, browser, kai, "the browser", "kai") }()
	select {
	case err := <-fromBrowser:
		_ = kai.Close()
		return err
	case err := <-fromKai:
		if err == nil {
			err = fault.New(fault.Unavailable, "kai ended the connection")
		}
		return err
	case <-ctx.Done():
		return nil
	}
}

func copyFrames(ctx context.Context, to, from protocol.Conn, toName, fromName string) error {
	for {
		frame, err := from.Receive(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fault.New(fault.CodeOf(err), "%s sent what is not a frame: %w", fromName, err)
		}
		if err := to.Send(ctx, frame); err != nil {
			return fault.New(fault.Unavailable, "a frame cannot be passed to %s: %w", toName, err)
		}
	}
}

// refuse answers the browser's hello with why. A browser that says nothing is left to the process's end.
func (s Session) refuse(ctx context.Context, browser protocol.Conn, why error) {
	told := make(chan error, 1)
	go func() { told <- tell(ctx, browser, why) }()
	select {
	case <-told: //nolint:errcheck // whether it heard changes nothing: the process ends
	case <-time.After(refusalTime):
	case <-ctx.Done():
	}
}

func tell(ctx context.Context, browser protocol.Conn, why error) error {
	frame, err := browser.Receive(ctx)
	if err != nil {
		return err
	}
	var hello protocol.Envelope
	if err := json.Unmarshal(frame, &hello); err != nil {
		return err
	}
	answer := protocol.Envelope{V: protocol.MinVersion, ID: hello.ID, Kind: protocol.KindReply, Fault: fault.Public(why)}
	if frame, err = json.Marshal(answer); err != nil {
		return err
	}
	return browser.Send(ctx, frame)
}
