package files

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kindos/kai/shared/fault"
)

// A body that says nothing of its length is read as far as the server lets it, and what ended it is told.
func TestWhatEndedABodyIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		limit int64
		stops bool
		code  fault.Code
	}{
		"over the limit": {3, false, fault.Exhausted},
		"the kai stops":  {10, true, fault.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, Path, io.LimitReader(strings.NewReader("0123"), 4))
			ctx, stop := context.WithCancel(r.Context())
			defer stop()
			r.Body = http.MaxBytesReader(w, r.Body, c.limit)
			u := unhurried(w, r.WithContext(ctx))
			defer u.stop()
			assert.NoError(t, u.fits())
			if c.stops {
				stop()
			}
			_, err := io.ReadAll(u)
			assert.Equal(t, c.code, fault.CodeOf(u.why(err)))
		})
	}
}
