package main

import (
	"io"
	"net/http"
	"strconv"
)

// mountProbe serves what tests of fetch talk to: /probe/echo answers the request's own body and headers, /probe/drip
// writes n numbered lines one at a time, /probe/hang goes silent in its answer and /probe/silent before it, /probe/cut
// breaks off in the middle once /probe/cut/now is asked: a browser throws away what was not read when a stream breaks.
func mountProbe(mux *http.ServeMux) {
	cut := make(chan struct{}, 1)
	mux.HandleFunc("/probe/echo", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Method", r.Method)
		w.Header().Set("X-Sent", r.Header.Get("X-Sent"))
		sent, err := io.ReadAll(r.Body) // the server drops what is not read before the answer begins
		if err != nil {
			return
		}
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write(sent) // a reader that left needs no answer
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
	mux.HandleFunc("/probe/cut/now", func(http.ResponseWriter, *http.Request) { cut <- struct{}{} })
	mux.HandleFunc("/probe/cut", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, "half")
		_ = http.NewResponseController(w).Flush()
		select {
		case <-cut:
		case <-r.Context().Done():
		}
		panic(http.ErrAbortHandler)
	})
}
