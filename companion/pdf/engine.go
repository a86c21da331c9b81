package pdf

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/klippa-app/go-pdfium"
	pdfiumerrors "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// engine is PDFium, ready to read. It has no files, no network, no environment and no clock.
type engine struct {
	ctx    context.Context //nolint:containedctx // its end ends what is being read
	pool   pdfium.Pool
	memory *memory
}

// open makes PDFium ready, with what is kept in a folder where that is of use. The end of ctx ends what it does.
func open(ctx context.Context, folder string) (*engine, error) {
	if folder == "" {
		return ready(ctx, "")
	}
	e, err := ready(ctx, folder)
	if err != nil {
		remove(kept(folder)) // it may be damaged
		e, err = ready(ctx, folder)
	}
	if err != nil {
		return ready(ctx, "") // the disk may be full
	}
	if all := kept(folder); len(all) > 1 {
		remove(all[1:]) // another version's
	}
	return e, nil
}

func ready(ctx context.Context, folder string) (*engine, error) {
	config := wazero.NewRuntimeConfig().WithCloseOnContextDone(true).
		WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling) // PDFium's setjmp
	if folder != "" {
		cache, err := wazero.NewCompilationCacheWithDir(folder)
		if err != nil {
			return nil, fmt.Errorf("open the folder of the engine: %w", err)
		}
		config = config.WithCompilationCache(cache)
	}
	e := &engine{ctx: ctx, memory: &memory{}}
	pool, err := webassembly.Init(webassembly.Config{
		Context: experimental.WithMemoryAllocator(ctx, e.memory), MaxTotal: 1, RuntimeConfig: config,
		FSConfig: wazero.NewFSConfig(), // nothing of the disk; without it, all
		Stdout:   io.Discard, Stderr: io.Discard,
	})
	if err != nil {
		return nil, fmt.Errorf("make PDFium ready: %w", err)
	}
	e.pool = pool
	return e, nil
}

// kept are the files that are kept in a folder, the one that was written last first.
func kept(folder string) []string {
	all, _ := filepath.Glob(filepath.Join(folder, "wazero-*", "*")) // the pattern is right
	written := func(path string) time.Time {
		info, err := os.Lstat(path)
		if err != nil {
			return time.Time{}
		}
		return info.ModTime()
	}
	slices.SortStableFunc(all, func(a, b string) int { return written(b).Compare(written(a)) })
	return all
}

func remove(files []string) {
	for _, path := range files {
		_ = os.Remove(path) // the next time
	}
}

func (e *engine) close() { _ = e.pool.Close() } // nothing is left to be said

// text gives the text of a PDF, or why there is none. It ends after the page with which it is longer than most.
func (e *engine) text(content []byte, most int) (string, problem) {
	text, err := e.read(content, most)
	switch {
	case e.memory.over:
		return "", bomb
	case e.ctx.Err() != nil:
		return "", slow
	case errors.Is(err, pdfiumerrors.ErrPassword), errors.Is(err, pdfiumerrors.ErrSecurity):
		return "", password
	case errors.Is(err, errPages):
		return "", long
	case err != nil:
		return "", damaged
	case strings.Trim(text, "\f \n") == "":
		return "", pictures
	}
	return text, ""
}

var errPages = errors.New("too many pages")

func (e *engine) read(content []byte, most int) (string, error) {
	e.memory.over = false
	p, err := e.pool.GetInstanceWithContext(e.ctx)
	if err != nil {
		return "", fmt.Errorf("begin: %w", err)
	}
	defer p.Close() //nolint:errcheck // its memory goes with it
	d, err := p.OpenDocument(&requests.OpenDocument{File: &content})
	if err != nil {
		return "", fmt.Errorf("open: %w", err)
	}
	n, err := p.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: d.Document})
	switch {
	case err != nil:
		return "", fmt.Errorf("count pages: %w", err)
	case n.PageCount > maxPages:
		return "", errPages
	}
	return pages(p, d.Document, n.PageCount, most)
}

func pages(p pdfium.Pdfium, document references.FPDF_DOCUMENT, n, most int) (string, error) {
	var out strings.Builder
	for i := range n {
		text, err := page(p, requests.PageByIndex{Document: document, Index: i}, most)
		if err != nil {
			return "", fmt.Errorf("read page %d: %w", i+1, err)
		}
		if i > 0 {
			out.WriteByte('\f')
		}
		if out.WriteString(text); out.Len() > most {
			break
		}
	}
	return out.String(), nil
}

// page gives the text of a page, hardly more of it than most.
func page(p pdfium.Pdfium, at requests.PageByIndex, most int) (string, error) {
	loaded, err := p.FPDFText_LoadPage(&requests.FPDFText_LoadPage{Page: requests.Page{ByIndex: &at}})
	if err != nil {
		return "", fmt.Errorf("load: %w", err)
	}
	n, err := p.FPDFText_CountChars(&requests.FPDFText_CountChars{TextPage: loaded.TextPage})
	if err != nil {
		return "", fmt.Errorf("count letters: %w", err)
	}
	text := ""
	if n.Count > 0 {
		got, err := p.FPDFText_GetText(&requests.FPDFText_GetText{TextPage: loaded.TextPage, Count: min(n.Count, most+1)})
		if err != nil {
			return "", fmt.Errorf("get the letters: %w", err)
		}
		text = lines(got.Text)
	}
	if _, err := p.FPDFText_ClosePage(&requests.FPDFText_ClosePage{TextPage: loaded.TextPage}); err != nil {
		return "", fmt.Errorf("close: %w", err)
	}
	return text, nil
}

// lines is the text of a page as the browser has it: PDFium ends a line by two characters, and joins a word over the end of one by a
// mark of its own. What is no character of a text goes.
func lines(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f || r == '\uFFFE' || r == '\uFFFF' {
			return -1
		}
		return r
	}, strings.NewReplacer("\x02", "-\n", "\uFFFE", "-\n").Replace(text))
}
