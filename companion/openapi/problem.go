package openapi

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/kindos/kai/shared/fault"
)

// Problem is every error of the API (RFC 9457): a fault with the standard's members. Programs act on Code, never on text.
type Problem struct {
	Type   string  `json:"type" doc:"urn:kai:fault: and the code."`
	Title  string  `json:"title" doc:"The HTTP status in words."`
	Status int     `json:"status" doc:"The HTTP status."`
	Detail string  `json:"detail" doc:"One sentence for a person."`
	Code   string  `json:"code" doc:"The kind of fault, for programs: invalid, not_found, conflict, unauthorized, locked, forbidden, unavailable, unsupported, exhausted, fenced, canceled, timeout, malformed, internal."`
	Field  string  `json:"field,omitempty" doc:"Which part of the request is wrong."`
	Remedy string  `json:"remedy,omitempty" doc:"What a person can do."`
	Errors []Wrong `json:"errors,omitempty" doc:"Every part of the request that does not fit, when there are several."`
}

// Wrong is one part of a request that does not fit.
type Wrong struct {
	Field  string `json:"field"`
	Detail string `json:"detail"`
}

// ProblemType is the media type of a Problem.
const ProblemType = "application/problem+json"

// Error is the sentence for a person.
func (p *Problem) Error() string { return p.Detail }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is always ProblemType.
func (p *Problem) ContentType(string) string { return ProblemType }

// ProblemOf makes an error a Problem, without its cause.
func ProblemOf(err error) *Problem {
	f := fault.Public(err)
	status := StatusOf(f)
	return &Problem{
		Type: "urn:kai:fault:" + string(f.Code), Title: http.StatusText(status), Status: status,
		Detail: f.Message, Code: string(f.Code), Field: f.Field, Remedy: f.Remedy,
	}
}

// StatusOf is the HTTP status of a fault. What a model server did wrong is told as a gateway's errors are.
func StatusOf(f *fault.Fault) int {
	switch f.Code {
	case fault.Invalid:
		return http.StatusBadRequest
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.Unauthorized:
		return http.StatusUnauthorized
	case fault.Locked:
		return http.StatusLocked
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.Unavailable, fault.Fenced, fault.Canceled:
		return http.StatusServiceUnavailable
	case fault.Unsupported:
		return http.StatusNotImplemented
	case fault.Exhausted:
		if f.Field != "" { // of the request, not of this computer
			return http.StatusRequestEntityTooLarge
		}
		return http.StatusInsufficientStorage
	case fault.Timeout:
		return http.StatusGatewayTimeout
	case fault.Malformed:
		return http.StatusBadGateway
	default:
		return http.StatusInternalServerError
	}
}

// Refuse answers a request with an error.
func Refuse(w http.ResponseWriter, err error) {
	ProblemOf(err).Write(w)
}

// Write answers a request with the problem.
func (p *Problem) Write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", ProblemType)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the reader has gone
}

// asProblem makes what huma says of a request that does not fit its description a Problem. What was sent is not repeated:
// it may be a secret.
func asProblem(_ huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	code := fault.Invalid
	switch m.Status {
	case http.StatusRequestEntityTooLarge:
		code = fault.Exhausted
	case http.StatusInternalServerError:
		code = fault.Internal
	}
	p := &Problem{
		Type: "urn:kai:fault:" + string(code), Title: http.StatusText(m.Status), Status: m.Status, Detail: "the request does not fit",
		Code: string(code), Remedy: "see /docs for what is wanted",
	}
	if len(m.Errors) == 0 {
		p.Detail = m.Detail
	}
	for _, e := range m.Errors {
		p.Errors = append(p.Errors, Wrong{Field: strings.TrimPrefix(e.Location, "body."), Detail: e.Message})
	}
	if len(p.Errors) == 1 {
		p.Field, p.Detail, p.Errors = p.Errors[0].Field, p.Errors[0].Detail, nil
	}
	return p, nil
}
