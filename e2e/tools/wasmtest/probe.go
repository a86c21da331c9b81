package main

import (
	"io"
	"net/http"
	"strconv"
	"time"
)

// mountProbe serves what tests of fetch talk to: /probe/echo answers the request's own body and headers, /probe/drip
// writes n numbered lines one at a time, /probe/hang never answers, /probe/cut breaks off in the middle.
func mountProbe(mux *http.ServeMux) {
	mux.HandleFunc("/probe/echo", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Method", r.Method)
		w.Header().Set("X-Sent", r.Header.Get("X-Sent"))
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.Copy(w, r.Body) // a reader that left needs no answer
	})
	mux.HandleFunc("/probe/drip", func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Query().Get("n")) // none: an empty body
		for i := range n {
			_, _ = io.WriteString(w, strconv.Itoa(i)+"\n")
			_ = http.NewResponseController(w).Flush()
		}
	})
	mux.HandleFunc("/probe/hang", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "start\n")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	mux.HandleFunc("/probe/silent", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	mux.HandleFunc("/probe/cut", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, "half")
		_ = http.NewResponseController(w).Flush()
		_ = http.NewResponseController(w).SetWriteDeadline(time.Unix(1, 0))
		panic(http.ErrAbortHandler)
	})
}
