package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
)

// greetTime bounds how long a kai that lives takes to say hello.
const greetTime = 5 * time.Second

// Way is the second half of the way from a browser to kai: from the host to the kai of a data directory.
type Way struct {
	Dir     string // the data directory
	Runs    bool   // a kai holds its lock
	PID     int    // of that kai, 0 when it does not say
	Version string // ours
}

// State says in a few words how it stands when nothing is broken.
func (w Way) State() string {
	if w.Runs {
		return "in order; it runs and answers"
	}
	return "in order; it does not run now, browsers start it"
}

// Problems names what is broken.
func (w Way) Problems(ctx context.Context) []Problem {
	path := SocketPath(w.Dir)
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && w.Runs:
		return []Problem{w.restart("it runs, but its socket is gone: " + path)}
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return []Problem{{What: "its socket cannot be looked at: " + path, Cure: "make " + w.Dir + " yours"}}
	case !isSocket(info):
		return []Problem{{What: path + " is in the way and is not a socket", Cure: "move it elsewhere"}}
	}
	conn, err := Dial(ctx, path)
	switch {
	case fault.CodeOf(err) == fault.Forbidden:
		return []Problem{{What: "the kai at " + path + " is another user's", Cure: "name another data directory with --data DIR"}}
	case err != nil && w.Runs:
		return []Problem{w.restart("it runs, but does not listen at " + path)}
	case err != nil:
		return []Problem{mend("a kai that died has left its socket: " + path)}
	}
	return w.greet(ctx, conn)
}

// Fix removes a socket that nobody listens on.
func (w Way) Fix() error { return clearStale(SocketPath(w.Dir)) }

// greet says hello as a browser does.
func (w Way) greet(ctx context.Context, conn protocol.Conn) []Problem {
	ctx, cancel := context.WithTimeout(ctx, greetTime)
	defer cancel()
	peer := protocol.NewPeer(conn, protocol.Options{Hello: protocol.Hello{App: "kai-doctor", Version: w.Version}})
	ended := make(chan struct{})
	go func() { defer close(ended); _ = peer.Run(ctx) }() // Partner tells what matters
	defer func() { peer.Close(); <-ended }()
	_, err := peer.Partner(ctx)
	switch {
	case fault.CodeOf(err) == fault.Unsupported:
		return []Problem{{What: fault.Public(err).Message, Cure: fault.Public(err).Remedy}}
	case err != nil:
		return []Problem{w.restart("it runs, but does not answer")}
	}
	return nil
}

func (w Way) restart(what string) Problem {
	cure := "run: kai stop; browsers start it again"
	if w.PID > 0 {
		cure += fmt.Sprintf(" (if it does not stop, end process %d)", w.PID)
	}
	return Problem{What: what, Cure: cure}
}
