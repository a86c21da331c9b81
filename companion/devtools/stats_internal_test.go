package devtools

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// nobody says whether nothing is measured any more.
func (s *stats) nobody() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lookers == 0 && s.server == nil
}

// Figures come as long as the page and its session are there; with the last who looks the measuring ends.
func TestFiguresComeWhileSomebodyLooks(t *testing.T) {
	for name, end := range map[string]func(session context.CancelFunc, page *websocket.Conn){
		"the session ends": func(session context.CancelFunc, _ *websocket.Conn) { session() },
		"the page is gone": func(_ context.CancelFunc, page *websocket.Conn) { _ = page.CloseNow() },
	} {
		t.Run(name, func(t *testing.T) {
			s := &stats{}
			life, session := context.WithCancel(t.Context())
			defer session()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				ctx, cancel := context.WithCancel(r.Context())
				defer cancel()
				defer context.AfterFunc(life, cancel)()
				s.figures(w, r.WithContext(ctx))
			}))
			defer server.Close()
			page, _, err := websocket.Dial(t.Context(), strings.Replace(server.URL, "http", "ws", 1), nil) //nolint:bodyclose // none on success
			require.NoError(t, err)
			defer page.CloseNow() //nolint:errcheck // it may be closed
			page.SetReadLimit(1 << 20)
			for _, want := range []string{`"event":"config"`, `"event":"metrics"`} {
				_, text, err := page.Read(t.Context())
				require.NoError(t, err)
				assert.Contains(t, string(text), want)
			}
			assert.False(t, s.nobody())
			end(session, page)
			assert.Eventually(t, s.nobody, 20*time.Second, 10*time.Millisecond)
			if name == "the session ends" {
				for err == nil {
					_, _, err = page.Read(t.Context())
				}
			}
		})
	}
}
