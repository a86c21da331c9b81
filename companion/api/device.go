package api

import (
	"context"
	"net/http"

	"github.com/kindos/kai/companion/openapi"
	"github.com/kindos/kai/shared/protocol"
)

// DevicePath is where the copy that a web app keeps in its browser exchanges, and CopyPath where the web app asks of which
// kai a copy is: another kai may have had this address before, and its records are none of ours.
const (
	DevicePath = "/api/device"
	CopyPath   = "/api/copy"
)

// Device exchanges with a browser's copy until either side ends.
type Device func(ctx context.Context, conn protocol.Conn) error

// CopyOf is the answer of CopyPath.
type CopyOf struct {
	Kai string `json:"kai" doc:"Names this kAI, and opens nothing." pattern:"^[0-9a-f]{16}$"`
}

// copyOf names this kai without telling anything of it.
func (s *Server) copyOf(w http.ResponseWriter, _ *http.Request) {
	token, err := s.opt.Token()
	if err != nil {
		openapi.Refuse(w, err)
		return
	}
	answer(w, http.StatusOK, CopyOf{seal(token, "copy")[:16]})
}
