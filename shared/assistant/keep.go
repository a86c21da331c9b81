package assistant

import (
	"context"
	"time"

	"github.com/kindos/kai/shared/record"
)

const (
	writeEvery   = 250 * time.Millisecond // a growing answer reaches the store this often
	rewriteEvery = 2 * time.Second        // after a write that failed
	lastWrite    = 2 * time.Second        // for what is not written yet when the assistant closes
)

// keep writes the message as it grows: at most four times a second, and at its end. What could not be written stays in
// memory and is tried again until it works.
func (f *follower) keep(ctx context.Context) {
	for {
		news, dirty, over := f.unwritten()
		switch {
		case dirty:
			err := f.save(ctx)
			if !f.rest(ctx, err != nil, over) {
				f.saveLast(ctx)
				return
			}
		case over:
			f.linger(ctx)
			return
		default:
			select {
			case <-news:
			case <-ctx.Done():
				f.saveLast(ctx)
				return
			}
		}
	}
}

// rest pauses between writes; the end of the run cuts it short, unless the end is what could not be written. False when
// the assistant closes.
func (f *follower) rest(ctx context.Context, failed, over bool) bool {
	pause, end := writeEvery, f.over
	if failed {
		pause = rewriteEvery
	}
	if failed && over {
		end = nil
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-end:
	case <-ctx.Done():
		return false
	}
	return true
}

// unwritten says whether there is something to write, and whether the run has ended; news closes when that changes.
func (f *follower) unwritten() (news <-chan struct{}, dirty, over bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.changed, !f.abandoned && f.written != f.seq, f.ended
}

// save writes the message as it is now, and the run's record with its end.
func (f *follower) save(ctx context.Context) error {
	if err := f.a.lock(ctx); err != nil {
		return err
	}
	defer f.a.unlock()
	f.mu.Lock()
	m, rec, seq, ended, abandoned := f.messageLocked(), f.rec, f.seq, f.ended, f.abandoned
	after, begun := f.msg.Version, !f.recWritten
	f.mu.Unlock()
	if abandoned {
		return nil
	}
	drafts := []draft{{record.KindMessage, m.ID, m, after}}
	news := NewsData{}
	if ended || begun {
		drafts = append(drafts, draft{record.KindRun, rec.Body.ID, rec.Body, rec.Version})
	}
	if ended {
		news.Run = f.endNews()
	}
	versions, err := f.a.commit(ctx, news, drafts...)
	if err != nil {
		if news.Run != nil {
			f.a.publish(ctx, news) // views must not wait for the disk to learn that the answer has ended
		}
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.written, f.msg.Version = seq, versions[0]
	if ended || begun {
		f.rec.Version, f.recWritten = versions[1], f.recWritten || rec.Body.Round == f.rec.Body.Round
	}
	return nil
}

// endNews tells of the end of the run, once.
func (f *follower) endNews() *RunNews {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.told {
		return nil
	}
	f.told = true
	return runNews(f.rec.Body)
}

// saveLast is the try to lose nothing when the assistant closes.
func (f *follower) saveLast(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWrite)
	defer cancel()
	if _, dirty, _ := f.unwritten(); !dirty {
		return
	}
	if err := f.save(ctx); err != nil {
		f.a.deps.Log.Error("the last part of an answer could not be kept", "run", f.id, "error", err)
	}
}

// linger keeps an ended run for a while: a view that lost its connection goes on exactly where it was.
func (f *follower) linger(ctx context.Context) {
	f.mu.Lock()
	abandoned := f.abandoned
	f.mu.Unlock()
	if !abandoned {
		select {
		case <-time.After(recentRuns):
		case <-ctx.Done():
		}
	}
	f.a.forget(f)
}
