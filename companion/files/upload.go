package files

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/kindos/kai/shared/fault"
)

// MaxBytes bounds a file. The server bounds the request's body by it.
const MaxBytes = 1 << 30

// readTime bounds one read of a file that comes: one that stands still is cut.
const readTime = 30 * time.Second

// upload reads a request's body, each read with a time of its own in the place of one for the whole request.
type upload struct {
	r       *http.Request
	control *http.ResponseController
	stop    func() bool // no longer cuts when the request's context ends
	err     error       // of the body
}

// unhurried begins to read. The body ends with the request's context.
func unhurried(w http.ResponseWriter, r *http.Request) *upload {
	u := &upload{r: r, control: http.NewResponseController(w)}
	u.stop = context.AfterFunc(r.Context(), func() { _ = u.control.SetReadDeadline(time.Now()) }) // a connection always has deadlines
	return u
}

// fits refuses what says beforehand that it is too large.
func (u *upload) fits() error {
	if u.r.ContentLength > MaxBytes {
		return tooLarge()
	}
	return nil
}

func tooLarge() error {
	return fault.New(fault.Exhausted, "a file has at most %d MB", MaxBytes>>20).WithField("body").WithRemedy("keep a smaller one")
}

// Read reads on.
func (u *upload) Read(p []byte) (int, error) {
	_ = u.control.SetReadDeadline(time.Now().Add(readTime)) // a connection always has deadlines
	if err := u.r.Context().Err(); err != nil {
		return 0, err
	}
	n, err := u.r.Body.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		u.err = err
	}
	return n, err
}

// why says what was wrong with the body, where it was that. A context ends by a stop, or by the sender, who then cut it.
func (u *upload) why(err error) error {
	var large *http.MaxBytesError
	late, ended := errors.Is(u.err, os.ErrDeadlineExceeded), u.r.Context().Err() != nil
	switch {
	case errors.As(u.err, &large):
		return tooLarge()
	case ended && (late || u.err == nil):
		return fault.Wrap(fault.Unavailable, err, "this kai is stopping, or the session has ended")
	case u.err == nil:
		return err
	case late:
		return fault.New(fault.Timeout, "the file stopped coming").WithRemedy("send it again")
	}
	return fault.Wrap(fault.Invalid, u.err, "the file did not come whole").WithRemedy("send it again")
}
