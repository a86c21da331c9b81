package api

import (
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/kindos/kai/companion/openapi"
	"github.com/kindos/kai/shared/klp"
)

// Where other kai find this one and talk to it (definitions 2.1). There is nothing at either without federation.
const (
	KLPPath     = "/klp"
	KLPCardPath = "/.well-known/klp.json"
)

// Federation answers other kai. They show no token: each must prove by a signature that it was allowed.
type Federation interface {
	Card(endpoint string) (klp.Card, error) // endpoint is where this server is reached for it
	Kin
}

// describeFederation registers both.
func (s *Server) describeFederation(doc huma.API) {
	if s.opt.Federation == nil {
		return
	}
	op := huma.Operation{Tags: []string{"Federation"}, Security: openapi.Everybody(), Method: http.MethodGet}
	op.OperationID, op.Path, op.Summary = "klpCard", KLPCardPath, "Who this kAI is to others, and where they reach it"
	op.Responses = openapi.Answer[klp.Card](doc, "200", "Its card.", "application/json")
	openapi.Raw(doc, op, s.klpCard)
	op.OperationID, op.Path, op.Summary = "klp", KLPPath, "A WebSocket for other kAI that speak the Kind Link Protocol"
	op.Responses = map[string]*huma.Response{"101": {Description: "The handshake begins."}, "426": {Description: "This was no WebSocket."}}
	openapi.Raw(doc, op, s.klp)
}

// klpCard tells who this kai is.
func (s *Server) klpCard(w http.ResponseWriter, r *http.Request) {
	scheme := "ws"
	if s.opt.TLS != nil {
		scheme = "wss"
	}
	card, err := s.opt.Federation.Card(scheme + "://" + strings.ToLower(r.Host) + KLPPath) // the guard let only our own names in
	if err != nil {
		openapi.Refuse(w, err)
		return
	}
	answer(w, http.StatusOK, card)
}

func (s *Server) klp(w http.ResponseWriter, r *http.Request) {
	s.kin(w, r, klp.MaxMessage, s.opt.Federation)
}
