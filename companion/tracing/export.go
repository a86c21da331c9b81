package tracing

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	sdk "go.opentelemetry.io/otel/sdk/trace"

	"github.com/kindos/kai/shared/fault"
)

// The variables of OpenTelemetry that say where spans are sent, and with which headers. They are the standard's own, so that
// what collects the traces of other programs collects kai's.
const (
	envTraces  = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" // the whole address
	envBase    = "OTEL_EXPORTER_OTLP_ENDPOINT"        // before /v1/traces
	envHeaders = "OTEL_EXPORTER_OTLP_HEADERS"         // name=value,name=value; values may be percent-encoded
)

const sendWithin = 10 * time.Second

// Export is where spans are sent, by OTLP over HTTP in its JSON form. The zero Export sends none. Its address and headers may
// hold secrets, and are shown nowhere.
type Export struct {
	url     string
	headers map[string]string
}

// ExportFrom reads the variables; fault.Invalid for an address that is none.
func ExportFrom(getenv func(string) string) (Export, error) {
	address := getenv(envTraces)
	if base := getenv(envBase); address == "" && base != "" {
		address = strings.TrimRight(base, "/") + "/v1/traces"
	}
	if address == "" {
		return Export{}, nil
	}
	if u, err := url.Parse(address); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return Export{}, fault.New(fault.Invalid, "traces can't be sent to what %s names", envBase).WithRemedy("write it like http://localhost:4318")
	}
	e := Export{url: address, headers: map[string]string{}}
	for pair := range strings.SplitSeq(getenv(envHeaders), ",") {
		name, value, ok := strings.Cut(pair, "=")
		if plain, err := url.PathUnescape(strings.TrimSpace(value)); ok && err == nil {
			e.headers[strings.TrimSpace(name)] = plain
		}
	}
	return e, nil
}

// On says whether spans are sent.
func (e Export) On() bool { return e.url != "" }

// exporter sends spans for OpenTelemetry's batches.
type exporter struct {
	Export
	opt    Options
	client *http.Client
}

// ExportSpans sends some. A failure loses them and is told in the log, without the address.
func (e *exporter) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	if err := e.send(ctx, spans); err != nil {
		e.opt.Log.Warn("traces can't be sent", "spans", len(spans), "code", string(fault.CodeOf(err)),
			"remedy", "look whether what "+envBase+" names takes OTLP over HTTP")
	}
	return nil
}

// Shutdown lets go of the connection.
func (e *exporter) Shutdown(context.Context) error {
	e.client.CloseIdleConnections()
	return nil
}

func (e *exporter) send(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	text, err := json.Marshal(otlp(e.opt.Version, spans))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, bytes.NewReader(text))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	for name, value := range e.headers {
		request.Header.Set(name, value)
	}
	response, err := e.client.Do(request)
	if err != nil {
		return fault.New(fault.Unavailable, "nobody takes them")
	}
	defer response.Body.Close() //nolint:errcheck // only its status is read
	if response.StatusCode/100 != 2 {
		return fault.New(fault.Invalid, "they were refused with status %d", response.StatusCode)
	}
	return nil
}

// stay follows no redirect: the headers would go along.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func newExporter(opt Options) *exporter {
	return &exporter{opt.Export, opt, &http.Client{CheckRedirect: stay}}
}

// source is what spans are sent as coming from.
func source(version string) []any {
	return []any{attributeOf("service.name", "kai"), attributeOf("service.version", cmp.Or(version, "dev"))}
}
