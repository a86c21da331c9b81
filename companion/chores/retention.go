package chores

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/kindos/kai/companion/queue"
)

// KindRetention is the kind that removes what nobody needs any more, and RetentionTimes when it does by itself.
const (
	KindRetention  = "retention"
	RetentionTimes = "30 3 * * *"

	endedDays = 30
	deadDays  = 90
)

// Removed is what a retention notes.
type Removed struct {
	Tasks   int `json:"tasks"`
	Backups int `json:"backups"`
}

// Retention removes tasks that ended 30 days ago, those that were given up 90 days ago, and backups beyond what their
// schedules keep. Queue is asked when the work is done: it is the one that does it.
type Retention struct {
	Queue   func() queue.Queue
	Backups Backups
	Now     func() time.Time
}

// Kind is that of the retention.
func (r Retention) Kind() queue.Kind {
	return queue.Kind{Name: KindRetention, Timeout: time.Hour, Do: r.do}
}

func (r Retention) do(ctx context.Context, w *queue.Work) error {
	q, now := r.Queue(), r.Now()
	swept, err := q.Sweep(ctx, queue.Old{Ended: now.AddDate(0, 0, -endedDays), Dead: now.AddDate(0, 0, -deadDays)})
	if err != nil {
		return err
	}
	planned, err := q.Schedules(ctx)
	if err != nil {
		return err
	}
	out := Removed{Tasks: swept}
	for _, s := range planned {
		if s.Kind != KindBackup {
			continue
		}
		n, e := r.prune(s)
		out.Backups += n
		err = errors.Join(err, e)
	}
	return errors.Join(err, w.Note(ctx, out))
}

// prune removes what a schedule of backups does not keep. A disk that is away now is left for the next time.
func (r Retention) prune(s queue.Schedule) (int, error) {
	var body Backup
	if err := errors.Join(json.Unmarshal(s.Body, &body), body.Check()); err != nil {
		return 0, err
	}
	folder := body.Folder
	if folder == "" {
		folder = r.Backups.Folder
	}
	return prune(folder, body.Keep)
}
