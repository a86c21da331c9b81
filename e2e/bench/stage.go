package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
)

// stage is where a subject is measured. The harness, which is made for tests, takes it for one: what fails ends the
// subject, and what was started ends with the stage. Of testing.TB it has what harnesses use; the rest panics.
type stage struct {
	testing.TB
	ctx     context.Context //nolint:containedctx // a stage is as long-lived as the context it is given
	name    string
	said    string
	endings []func()
}

// errBroken ends a subject; why is in the stage.
var errBroken = errors.New("the subject can't be measured")

func newStage(ctx context.Context, name string) *stage { return &stage{ctx: ctx, name: name} }

// play does work on the stage and ends what it started.
func (s *stage) play(work func()) (err error) {
	defer func() {
		if broken := recover(); broken == errBroken { //nolint:errorlint,err113 // panics carry it bare
			err = fmt.Errorf("%w: %s", errBroken, s.said)
		} else if broken != nil {
			panic(broken)
		}
	}()
	defer s.end()
	work()
	return nil
}

func (s *stage) end() {
	for len(s.endings) > 0 {
		last := s.endings[len(s.endings)-1]
		s.endings = s.endings[:len(s.endings)-1]
		last()
	}
}

// Helper does nothing: there are no line numbers to hide.
func (s *stage) Helper() {}

// Name is the subject's.
func (s *stage) Name() string { return s.name }

// Context ends when the measuring is broken off.
func (s *stage) Context() context.Context { return s.ctx }

// Cleanup has f called when the subject is done; the last one comes first.
func (s *stage) Cleanup(f func()) { s.endings = append(s.endings, f) }

// TempDir makes a folder that goes with the stage.
func (s *stage) TempDir() string {
	dir, err := os.MkdirTemp("", "kai-bench")
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// Logf tells something on the way.
func (s *stage) Logf(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// Errorf keeps what went wrong.
func (s *stage) Errorf(format string, args ...any) { s.said += fmt.Sprintf(format, args...) }

// FailNow ends the subject.
func (s *stage) FailNow() { panic(errBroken) }

// Fatal is Errorf and FailNow.
func (s *stage) Fatal(args ...any) {
	s.Errorf("%s", fmt.Sprint(args...))
	s.FailNow()
}

// Fatalf is Errorf and FailNow.
func (s *stage) Fatalf(format string, args ...any) {
	s.Errorf(format, args...)
	s.FailNow()
}

// Failed says whether something went wrong.
func (s *stage) Failed() bool { return s.said != "" }
